"""The plain lists: one template, a table of columns each."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.records import record
from services.ops_console.routes.views import branch_out, company_out, event_out
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.store.events import Filter
from services.ops_console.store.operators import Person

router = APIRouter(include_in_schema=False)
_PAGE = 50
_QUEUES = ("queue", "ready", "unacknowledged", "consumers")
_COMPANIES = ("id", "name", "status", "language", "branches", "keys", "webhook", "created_at")
_BRANCHES = ("id", "company_id", "name", "status", "phone_number", "version", "reached_version", "updated_at")
_APPOINTMENTS = ("start_at", "company_id", "branch_id", "status", "title", "attendee_name", "updated_at")
_CALLS = (
    "started_at", "company_id", "branch_id", "status", "from_number", "duration_ms", "outcome",
    "transcript_state",
)  # fmt: skip
_CALLBACKS = ("created_at", "company_id", "state", "urgency", "customer_name", "phone", "reason")
_EVENTS = ("logged_at", "type", "company_id", "id", "became")


@router.get("/queues")
async def queues(request: Request, parts: Given, person: Visitor) -> Response:
    """What each holds."""
    depths = await parts.depths.read()
    rows = [asdict(depths[name]) for name in sorted(depths)]
    return _list(request, person, "queues", _QUEUES, rows)


@router.get("/companies")
async def companies(request: Request, parts: Given, person: Visitor) -> Response:
    """The tenants."""
    rows = [company_out(view).model_dump() for view in await parts.companies.all(500)]
    for row in rows:
        row["keys"] = ", ".join(sorted(name for name, there in row["keys"].items() if there))
        row["webhook"] = _webhook(row["webhook"])
        row["link"] = f"/branches?company={row['id']}"
    return _list(request, person, "companies", _COMPANIES, rows, form="company_form.html")


@router.get("/branches")
async def branches(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Each with how far it has come."""
    rows = [branch_out(view).model_dump() for view in await parts.branches.all(company or None, 500)]
    for row in rows:
        row["link"] = f"/companies/{row['company_id']}/branches/{row['id']}"
    filters = {"company": company}
    return _list(request, person, "branches", _BRANCHES, rows, filters=filters, form="branch_form.html")


@router.get("/appointments")
async def appointments(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Latest change first."""
    found = await parts.records.appointments(company or None, _PAGE)
    rows = [record(row, row.id, person) for row in found]
    return _list(request, person, "appointments", _APPOINTMENTS, rows, filters={"company": company})


@router.get("/calls")
async def calls(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Latest start first."""
    rows = [record(row, row.call_id, person) for row in await parts.records.calls(company or None, _PAGE)]
    for row in rows:
        row["link"] = f"/events?correlation={quote(row['id'])}"
    return _list(request, person, "calls", _CALLS, rows, filters={"company": company})


@router.get("/callbacks")
async def callbacks(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Latest wish first."""
    rows = [record(row, row.id, person) for row in await parts.records.callbacks(company or None, _PAGE)]
    return _list(request, person, "callbacks", _CALLBACKS, rows, filters={"company": company})


@router.get("/events")
async def events(
    request: Request,
    parts: Given,
    person: Visitor,
    type: str = "",  # noqa: A002  # the envelope's word
    company: str = "",
    correlation: str = "",
    before: int | None = None,
) -> Response:
    """The event log."""
    chosen = Filter(
        type=type or None, company_id=company or None, correlation_id=correlation or None, before=before
    )
    lines = [event_out(line) for line in await parts.events.list(chosen, _PAGE)]
    rows = [
        {**line.model_dump(), "became": became(line), "link": f"/events/{quote(line.id)}"} for line in lines
    ]
    filters = {"type": type, "company": company, "correlation": correlation}
    older = lines[-1].seq if len(lines) == _PAGE else None
    return _list(request, person, "events", _EVENTS, rows, filters=filters, older=older)


def became(line: Any) -> str:
    """``syncer.bookings done, notifier.mail waiting``."""
    if not line.deliveries:
        return "waiting" if line.handled else "unhandled"
    return ", ".join(f"{one.queue} {one.state}" for one in line.deliveries)


def _webhook(webhook: dict[str, Any] | None) -> str:
    """``kept``, and in what it was found changed at Cal.com: ``kept (2 drifts, last: secret)``."""
    if webhook is None:
        return ""
    if not webhook["drifts"]:
        return str(webhook["state"])
    return f"{webhook['state']} ({webhook['drifts']} drifts, last: {webhook['last_drift']})"


def _list(
    request: Request,
    person: Person,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Any],
    *,
    filters: dict[str, str] | None = None,
    older: int | None = None,
    form: str | None = None,
) -> Response:
    context: dict[str, Any] = {"columns": columns, "rows": rows, "older": older, "form": form}
    return render(request, "list.html", person, title=title, filters=filters or {}, **context)
