"""``/api/calls``: never with what was said."""

from datetime import date
from typing import Any

from fastapi import APIRouter

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.records import record, search_of
from services.ops_console.routes.shapes import Limit
from services.ops_console.routes.shapes_work import Rows
from services.ops_console.routes.views import columns
from services.ops_console.store.calls import WantedCalls
from shared.contracts.branch import Identifier

router = APIRouter(prefix="/api/calls", tags=["records"])


@router.get("")
async def list_calls(
    parts: Given,
    person: Viewer,
    company: str | None = None,
    branch: str | None = None,
    call: str | None = None,
    status: str | None = None,
    outcome: str | None = None,
    text: str | None = None,
    day: date | None = None,
    at: date | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
    *,
    not_begun: bool = False,
) -> Rows:
    """The latest first. ``text``: in number, summary, or the name of whom its appointment is for.

    ``at``: from the end of that day (UTC) on into the past. ``not_begun``: those alone that never began,
    which are left out otherwise.
    """
    wanted = WantedCalls(
        company_id=company,
        branch_id=branch,
        call_id=call,
        status=status,
        outcome=outcome,
        text=search_of(text, person),
        day=day,
        not_begun=not_begun,
    )
    page = await parts.calls.page(wanted, limit, cursor=cursor, at=at)
    items = [record(row, row["call_id"], person) for row in page.rows]
    return Rows(items=items, next=page.next, previous=page.previous, reached=page.reached)


@router.get("/{company_id}/{call_id}")
async def show_call(company_id: Identifier, call_id: str, parts: Given, person: Viewer) -> dict[str, Any]:
    """One call, with the ``tasks`` that it left."""
    story = await parts.calls.show(company_id, call_id)
    tasks = [record(columns(task), task.id, person) for task in story.tasks]
    return {**record(story.call, call_id, person), "tasks": tasks}
