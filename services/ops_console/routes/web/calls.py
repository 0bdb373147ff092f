"""``/calls``: the list, and one of them."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.records import record, search_of
from services.ops_console.routes.views import columns
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.routes.web.walking import PAGE, Field, day_of, walked
from services.ops_console.store.calls import WantedCalls
from services.ops_console.store.operators import Person
from services.ops_console.store.walks import Row

router = APIRouter(include_in_schema=False)
_COLUMNS = (
    "started_at", "customer", "from_number", "outcome", "service", "staff", "branch_name", "company_id",
    "seconds", "status",
)  # fmt: skip
_STATUSES = ("started", "ended", "analyzed")


@router.get("/calls")
async def calls(
    request: Request,
    parts: Given,
    person: Visitor,
    text: str = "",
    company: str = "",
    branch: str = "",
    status: str = "",
    at: str = "",
    cursor: str = "",
) -> Response:
    """The latest first; ``at``: from that day on into the past."""
    wanted = WantedCalls(
        company_id=company or None,
        branch_id=branch or None,
        status=status or None,
        text=search_of(text, person),
    )
    page = await parts.calls.page(wanted, PAGE, cursor=cursor or None, at=day_of(at))
    fields = (
        *((Field("text", "search", text, "search"),) if person.may("operator") else ()),
        Field("company", "company_id", company),
        Field("branch", "branch_id", branch),
        Field("status", "status", status, choices=_STATUSES),
        Field("at", "jump", at, "date"),
    )
    rows = [_shown(row, person) for row in page.rows]
    return walked(request, person, "calls", fields, _COLUMNS, rows, page)


@router.get("/calls/{company_id}/{call_id}")
async def call(company_id: str, call_id: str, request: Request, parts: Given, person: Visitor) -> Response:
    """One, with the way to its events, its appointment and what it left to do."""
    story = await parts.calls.show(company_id, call_id)
    tasks = [record(columns(task), task.id, person) for task in story.tasks]
    return render(request, "call.html", person, row={**_shown(story.call, person), "tasks": tasks})


def _shown(row: Row, person: Person) -> dict[str, Any]:
    took = row["duration_ms"]
    link = f"/calls/{quote(row['company_id'])}/{quote(row['call_id'])}"
    return {
        **record(row, row["call_id"], person),
        "seconds": None if took is None else round(took / 1000),
        "link": link,
    }
