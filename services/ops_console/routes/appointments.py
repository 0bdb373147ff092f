"""``/api/appointments``."""

import uuid
from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.records import record, search_of
from services.ops_console.routes.shapes import Limit
from services.ops_console.routes.shapes_work import Rows
from services.ops_console.store.appointments import Wanted

router = APIRouter(prefix="/api/appointments", tags=["records"])


@router.get("")
async def list_appointments(
    parts: Given,
    person: Viewer,
    company: str | None = None,
    branch: str | None = None,
    call: str | None = None,
    status: str | None = None,
    staff: str | None = None,
    text: str | None = None,
    day: date | None = None,
    since: AwareDatetime | None = None,
    at: date | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
    *,
    undated: bool = False,
) -> Rows:
    """The latest start first. ``text``: in name, number or title; ``staff``: part of a name.

    ``at``: from the end of that day (UTC) on into the past; ``since``: those that start then or later.
    ``undated``: those alone that have no time yet, which are left out otherwise.
    """
    wanted = Wanted(
        company_id=company,
        branch_id=branch,
        call_id=call,
        status=status,
        staff=search_of(staff, person),
        text=search_of(text, person),
        day=day,
        since=since,
        undated=undated,
    )
    page = await parts.appointments.page(wanted, limit, cursor=cursor, at=at)
    items = [record(row, row["id"], person) for row in page.rows]
    return Rows(items=items, next=page.next, previous=page.previous, reached=page.reached)


@router.get("/{appointment_id}")
async def show_appointment(appointment_id: uuid.UUID, parts: Given, person: Viewer) -> dict[str, Any]:
    """One appointment."""
    row = await parts.appointments.show(appointment_id)
    return record(row, row["id"], person)
