"""``askpro appointments``, ``calls``, ``callbacks``."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_fields, print_json, print_list, print_page

_APPOINTMENTS: Final = (
    "start_at", "customer", "service", "staff", "branch_name", "company_id", "status", "attendee_phone", "id",
)  # fmt: skip
_APPOINTMENT: Final = (
    *_APPOINTMENTS, "branch_id", "title", "end_at", "location", "attendee_email", "no_show",
    "cancellation_reason", "rescheduled_to", "rescheduled_from", "calcom_uid", "event_type_id", "call_id",
    "created_at", "updated_at",
)  # fmt: skip
_CALLS: Final = (
    "started_at", "customer", "from_number", "outcome", "service", "staff", "branch_name", "company_id",
    "duration_ms", "status", "transcript_state", "id",
)  # fmt: skip
_CALL: Final = (
    *_CALLS, "summary", "branch_id", "direction", "to_number", "ended_at", "disconnection_reason",
    "appointment_id", "agent_id", "updated_at", "tasks",
)  # fmt: skip
_CALLBACKS: Final = (
    "id", "company_id", "state", "urgency", "kind", "customer_name", "phone", "reason", "outcome",
    "closed_by", "created_at",
)  # fmt: skip

Company = Annotated[str | None, typer.Option(help="Only of this company.")]
Branch = Annotated[str | None, typer.Option(help="Only of this branch.")]
Limit = Annotated[int, typer.Option(help="At most.")]
Status = Annotated[str | None, typer.Option(help="Only with this status.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only of this day (UTC).")]
At = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From the end of this day on, into the past.")
]
Cursor = Annotated[str | None, typer.Option(help="Go on from there: as the page before said.")]


def appointments(
    appointment: Annotated[str | None, typer.Argument(help="One of them, by its id.")] = None,
    company: Company = None,
    branch: Branch = None,
    status: Status = None,
    staff: Annotated[str | None, typer.Option(help="Part of the name of whom it is with.")] = None,
    text: Annotated[str | None, typer.Option(help="Part of a name, a number or a title.")] = None,
    day: Day = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    *,
    undated: Annotated[bool, typer.Option(help="Those alone of whose time nothing was told yet.")] = False,
    as_json: Json = False,
) -> None:
    """Appointments, the latest start first; those without a time by --undated."""
    if appointment is not None:
        _print_one(console().get("appointments", appointment), _APPOINTMENT, as_json=as_json)
        return
    asked = {"company": company, "branch": branch, "status": status, "staff": staff, "text": text}
    when = {"day": _day(day), "at": _day(at), "undated": undated}
    answer = console().get("appointments", **asked, **when, cursor=cursor, limit=limit)
    print_page(answer, _APPOINTMENTS, as_json=as_json)


def calls(
    call: Annotated[str | None, typer.Argument(help="One of them, by its id; say its --company.")] = None,
    company: Company = None,
    branch: Branch = None,
    status: Status = None,
    outcome: Annotated[str | None, typer.Option(help="Only with this outcome, such as booked.")] = None,
    text: Annotated[str | None, typer.Option(help="Part of a number, a summary or a name.")] = None,
    day: Day = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    *,
    as_json: Json = False,
) -> None:
    """Phone calls, the latest first; never what was said."""
    if call is not None:
        if company is None:
            raise typer.BadParameter("say whose call it is", param_hint="--company")
        _print_one(console().get("calls", company, call), _CALL, as_json=as_json)
        return
    asked = {"company": company, "branch": branch, "status": status, "outcome": outcome, "text": text}
    answer = console().get("calls", **asked, day=_day(day), at=_day(at), cursor=cursor, limit=limit)
    print_page(answer, _CALLS, as_json=as_json)


def callbacks(company: Company = None, limit: Limit = 50, *, as_json: Json = False) -> None:
    """Tasks, open and closed, the latest first; `askpro work` shows those that are open."""
    answer = console().get("callbacks", company=company, limit=limit)
    print_list(answer, _CALLBACKS, as_json=as_json)


def _print_one(row: dict[str, Any], names: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
    else:
        print_fields(row, names)


def _day(instant: datetime | None) -> date | None:
    return instant.date() if instant else None
