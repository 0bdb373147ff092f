"""``/appointments``, ``/calls``, ``/callbacks``."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.records import record
from services.ops_console.routes.web.listing import PAGE, listing
from services.ops_console.routes.web.visitors import Visitor

router = APIRouter(include_in_schema=False)
_APPOINTMENTS = ("start_at", "company_id", "branch_id", "status", "title", "attendee_name", "updated_at")
_CALLS = (
    "started_at", "company_id", "branch_id", "status", "from_number", "duration_ms", "outcome",
    "transcript_state",
)  # fmt: skip
_CALLBACKS = ("created_at", "company_id", "state", "urgency", "customer_name", "phone", "reason")


@router.get("/appointments")
async def appointments(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Latest change first."""
    found = await parts.records.appointments(company or None, PAGE)
    rows = [record(row, row.id, person) for row in found]
    return listing(request, person, "appointments", _APPOINTMENTS, rows, filters={"company": company})


@router.get("/calls")
async def calls(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Latest start first."""
    rows = [record(row, row.call_id, person) for row in await parts.records.calls(company or None, PAGE)]
    for row in rows:
        row["link"] = f"/events?correlation={quote(row['id'])}"
    return listing(request, person, "calls", _CALLS, rows, filters={"company": company})


@router.get("/callbacks")
async def callbacks(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Latest wish first."""
    rows = [record(row, row.id, person) for row in await parts.records.callbacks(company or None, PAGE)]
    return listing(request, person, "callbacks", _CALLBACKS, rows, filters={"company": company})
