"""``/appointments``: the list, and one of them."""

import uuid

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.records import record, search_of
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.routes.web.walking import PAGE, Field, day_of, walked
from services.ops_console.store.appointments import Wanted

router = APIRouter(include_in_schema=False)
_COLUMNS = ("start_at", "customer", "service", "staff", "branch_name", "company_id", "status", "title")
_UNKNOWN = "unknown"
_STATUSES = ("accepted", "pending", "cancelled", "rejected", "rescheduled", _UNKNOWN)


@router.get("/appointments")
async def appointments(
    request: Request,
    parts: Given,
    person: Visitor,
    text: str = "",
    company: str = "",
    branch: str = "",
    staff: str = "",
    status: str = "",
    at: str = "",
    cursor: str = "",
) -> Response:
    """The latest start first; ``at``: from that day on into the past."""
    wanted = Wanted(
        company_id=company or None,
        branch_id=branch or None,
        status=status or None,
        staff=search_of(staff, person),
        text=search_of(text, person),
        # Of those a webhook told something, and none so far their status and their time.
        undated=status == _UNKNOWN,
    )
    page = await parts.appointments.page(wanted, PAGE, cursor=cursor or None, at=day_of(at))
    rows = [record(row, row["id"], person) | {"link": f"/appointments/{row['id']}"} for row in page.rows]
    search = (Field("text", "search", text, "search"), Field("staff", "staff", staff))
    fields = (
        *(search if person.may("operator") else ()),
        Field("company", "company_id", company),
        Field("branch", "branch_id", branch),
        Field("status", "status", status, choices=_STATUSES),
        Field("at", "jump", at, "date"),
    )
    return walked(request, person, "appointments", fields, _COLUMNS, rows, page)


@router.get("/appointments/{appointment_id}")
async def appointment(appointment_id: uuid.UUID, request: Request, parts: Given, person: Visitor) -> Response:
    """One, with the way to its call and its events."""
    row = await parts.appointments.show(appointment_id)
    return render(request, "appointment.html", person, row=record(row, row["id"], person))
