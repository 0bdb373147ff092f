"""``/audit``: who did what, and what it changed."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.ops_console.handlers.diffs import unified
from services.ops_console.routes.audit import allowed, audit_out, day
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes_audit import AuditOut
from services.ops_console.routes.web.listing import PAGE
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.store.audit import Search
from services.ops_console.store.refusals import NotAllowedError

router = APIRouter(include_in_schema=False)
#: Where the page of a target is, by the word before its colon.
_PAGES: Final = {"dead-letter": "/dead-letters/", "event": "/events/", "operation": "/operations/"}


def _filters(
    operator: str = "", action: str = "", target: str = "", since: str = "", until: str = ""
) -> dict[str, str]:
    return {"operator": operator, "action": action, "target": target, "since": since, "until": until}


@router.get("/audit")
async def audit(
    request: Request,
    parts: Given,
    person: Visitor,
    filters: Annotated[dict[str, str], Depends(_filters)],
    cursor: str | None = None,
) -> Response:
    """Admins read everybody's deeds, operators their own, viewers none."""
    if not person.may("operator"):
        raise NotAllowedError(f"That takes the role operator; {person.name} is {person.role}.")
    page = await parts.audit.search(allowed(_search(filters), person), PAGE, cursor)
    rows = [_row(audit_out(entry)) for entry in page.rows]
    return render(request, "audit.html", person, rows=rows, filters=filters, next=page.next)


def _search(filters: dict[str, str]) -> Search:
    return Search(
        operator=filters["operator"] or None,
        action=filters["action"] or None,
        target=filters["target"] or None,
        since=day(filters["since"]),
        until=day(filters["until"]),
    )


def _row(entry: AuditOut) -> dict[str, Any]:
    kind, colon, name = entry.target.partition(":")
    page = _PAGES.get(kind) if colon else None
    diff = unified(entry.before or {}, entry.after or {})
    return {**entry.model_dump(), "link": f"{page}{quote(name)}" if page else "", "diff": diff}
