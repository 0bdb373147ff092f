"""``/rejected``: requests that ingest refused, and the buttons that take them in after all."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.reingest import reingest_each
from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_rejected import rejected_out, rejected_story
from services.ops_console.routes.web.listing import PAGE
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.store.rejected import RejectedFilter

router = APIRouter(include_in_schema=False)
_COLUMNS = ("received_at", "path", "status", "reason", "state", "size")
_FACTS = (
    "received_at", "provider", "path", "company_id", "status", "size", "reingested_at", "reingested_by",
)  # fmt: skip


@router.get("/rejected")
async def rejected(
    request: Request,
    parts: Given,
    person: Visitor,
    company: str = "",
    provider: str = "",
    status: str = "",
    *,
    open: bool = False,  # noqa: A002  # the word of the page
    cursor: str | None = None,
) -> Response:
    """The latest first."""
    filters = {"company": company, "provider": provider, "status": status}
    found = await parts.rejected.list(_chosen(filters, still_open=open), cursor, PAGE)
    rows = [_row(rejected_out(row).model_dump()) for row in found.rows]
    kept = {name: value for name, value in {**filters, "open": "true" if open else ""}.items() if value}
    older = f"?{urlencode({**kept, 'cursor': found.next})}" if found.next else None
    context: dict[str, Any] = {"columns": _COLUMNS, "rows": rows, "filters": filters, "open": open}
    return render(request, "rejected.html", person, older_at=older, **context)


@router.get("/rejected/{request_id}")
async def rejected_request(request_id: str, request: Request, parts: Given, person: Visitor) -> Response:
    """Why it was refused, what to do, and what came."""
    story = rejected_story(await parts.rejected.show(request_id))
    return render(request, "rejected_request.html", person, rejected=story, facts_shown=_FACTS)


@router.post("/rejected/reingest")
async def reingest_shown(parts: Given, form: ByOperator) -> Response:
    """What the page's filters choose, a page of it at most, the oldest first."""
    filters = {name: form.text(name) for name in ("company", "provider", "status")}
    found = await parts.rejected.list(_chosen(filters, still_open=True), None, PAGE)
    ids = [row.id for row in reversed(found.rows)]
    became = await reingest_each(parts.reingest, ids, form.person.name)
    taken = sum(one.refused is None for one in became)
    return back_to("/rejected", "reingested_n", f"{taken} / {len(ids)}")


@router.post("/rejected/{request_id}/reingest")
async def reingest(request_id: str, parts: Given, form: ByOperator) -> Response:
    """Take this one in."""
    event_id = await parts.reingest(request_id, form.person.name)
    notice = "reingested" if event_id else "reingested_ping"
    return back_to(f"/rejected/{request_id}", notice, event_id or "")


def _chosen(filters: dict[str, str], *, still_open: bool) -> RejectedFilter:
    status = filters["status"]
    return RejectedFilter(
        company_id=filters["company"] or None,
        provider=filters["provider"] or None,
        # What is no number has no request either.
        status=(int(status) if status.isdecimal() and len(status) < 4 else -1) if status else None,  # noqa: PLR2004
        open=still_open,
    )


def _row(fields: dict[str, Any]) -> dict[str, Any]:
    state = "still_refused" if fields["reingested_at"] is None else "taken"
    return {**fields, "state": state, "status": str(fields["status"]), "link": f"/rejected/{fields['id']}"}
