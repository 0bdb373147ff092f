"""``/missing``: what is unaccounted for, and the form that sends it again."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.web.rendering import back_to, reason_of, render
from services.ops_console.routes.web.visitors import ByOperator, Visitor

router = APIRouter(include_in_schema=False)
_COLUMNS = ("queue", "event_type", "company_id", "event_id", "attempt", "updated_at")
_PAGE = 200
#: As for a group of dead letters: what comes back at once is bounded.
_PER_SECOND = 50.0


@router.get("/missing")
async def missing(request: Request, parts: Given, person: Visitor) -> Response:
    """Those that wait longest first."""
    view, found = await parts.find_missing(_PAGE)
    rows = [
        {name: getattr(row, name) for name in _COLUMNS} | {"link": f"/events/{quote(row.event_id)}"}
        for row in found
    ]
    return render(request, "missing.html", person, columns=_COLUMNS, rows=rows, number=view.unaccounted)


@router.post("/missing/send-again")
async def send_again(parts: Given, form: ByOperator) -> Response:
    """All of them, with name and reason."""
    by, reason = form.person.name, reason_of(form.text("reason"))
    again = await parts.send_missing(None, None, by=by, per_second=_PER_SECOND, reason=reason)
    return back_to("/missing", "replayed", len(again.sent))
