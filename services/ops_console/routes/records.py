"""``/api/appointments``, ``/api/calls``, ``/api/callbacks``."""

from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.masking import shown
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.views import columns
from services.ops_console.store.operators import Person
from shared.db.tables import Appointment, Call, Callback

router = APIRouter(prefix="/api", tags=["records"])
#: The text of a call is read in Retell's own console, where access to it is kept.
_LEFT_OUT = frozenset({"transcript", "provenance"})


@router.get("/appointments")
async def list_appointments(
    parts: Given,
    person: Viewer,
    company: str | None = None,
    since: AwareDatetime | None = None,
    limit: Limit = 50,
) -> Items[dict[str, Any]]:
    """Latest change first; ``since``: those that start at that time or later."""
    rows = await parts.records.appointments(company, limit, since=since)
    return Items(items=[record(row, row.id, person) for row in rows])


@router.get("/calls")
async def list_calls(
    parts: Given, person: Viewer, company: str | None = None, limit: Limit = 50
) -> Items[dict[str, Any]]:
    """Latest start first, without transcripts."""
    rows = await parts.records.calls(company, limit)
    return Items(items=[record(row, row.call_id, person) for row in rows])


@router.get("/callbacks")
async def list_callbacks(
    parts: Given, person: Viewer, company: str | None = None, limit: Limit = 50
) -> Items[dict[str, Any]]:
    """Latest wish first."""
    rows = await parts.records.callbacks(company, limit)
    return Items(items=[record(row, row.id, person) for row in rows])


def record(row: Appointment | Call | Callback, row_id: object, person: Person) -> dict[str, Any]:
    """A row as this person may see it; secrets are none in these tables, so only people are masked."""
    fields = {name: value for name, value in columns(row).items() if name not in _LEFT_OUT}
    return {**shown(fields, person), "id": str(row_id)}
