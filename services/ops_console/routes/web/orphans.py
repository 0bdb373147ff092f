"""What is left over at the providers: each with the form that removes it."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.orphans import orphan_out
from services.ops_console.routes.parts import Given
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.routes.web.words import Words, language_of

router = APIRouter(include_in_schema=False)
_COLUMNS = ("id", "company_id", "name", "reason", "state", "first_seen_at", "last_seen_at")


@router.get("/orphans")
async def orphans(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """By company; why each is nobody's in the reader's language."""
    words = Words(language_of(request))
    found = [orphan_out(row) for row in await parts.orphans.all(company or None, 500)]
    rows = [{**each.model_dump(), "reason": words(f"orphan.{each.reason}")} for each in found]
    context: dict[str, Any] = {"columns": _COLUMNS, "rows": rows, "filters": {"company": company}}
    return render(request, "orphans.html", person, title="orphans", **context)


@router.post("/companies/{company_id}/orphans/{orphan_id}/remove")
async def remove(company_id: str, orphan_id: str, parts: Given, form: ByOperator) -> Response:
    """With the name of who says so."""
    await parts.orphans.request_removal(company_id, orphan_id, by=form.person.name)
    return back_to("/orphans", "removal_requested", orphan_id)
