"""``askpro health``, ``appointments``, ``calls``, ``callbacks``."""

from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import (
    Json,
    cell,
    print_json,
    print_list,
    say,
    screen,
    table_of,
)

_QUEUES: Final = ("queue", "ready", "unacknowledged", "consumers")
_CIRCUITS: Final = ("id", "kind", "state", "reason", "opened_at", "rest_left", "forced", "forced_by")
_LIGHTS: Final = ("name", "ok", "seconds", "problem")
_APPOINTMENTS: Final = (
    "id",
    "company_id",
    "branch_id",
    "status",
    "title",
    "start_at",
    "attendee_name",
    "calcom_uid",
)
_CALLS: Final = (
    "id",
    "company_id",
    "branch_id",
    "status",
    "from_number",
    "started_at",
    "duration_ms",
    "outcome",
    "transcript_state",
)
_CALLBACKS: Final = ("id", "company_id", "state", "urgency", "customer_name", "phone", "reason", "created_at")

Company = Annotated[str | None, typer.Option(help="Only of this company.")]
Limit = Annotated[int, typer.Option(help="At most.")]


def health(*, as_json: Json = False) -> None:
    """Everything the platform depends on, asked now; exit code 1 when something vital is down."""
    view = console().get("health")
    if as_json:
        print_json(view)
    else:
        _show_health(view)
    if view["status"] == "down":
        raise typer.Exit(1)


def appointments(company: Company = None, limit: Limit = 50, *, as_json: Json = False) -> None:
    """The latest appointments."""
    answer = console().get("appointments", company=company, limit=limit)
    print_list(answer, _APPOINTMENTS, as_json=as_json)


def calls(company: Company = None, limit: Limit = 50, *, as_json: Json = False) -> None:
    """The latest phone calls."""
    print_list(console().get("calls", company=company, limit=limit), _CALLS, as_json=as_json)


def callbacks(company: Company = None, limit: Limit = 50, *, as_json: Json = False) -> None:
    """Who waits to be called back."""
    answer = console().get("callbacks", company=company, limit=limit)
    print_list(answer, _CALLBACKS, as_json=as_json)


def _show_health(view: dict[str, Any]) -> None:
    say(f"[bold]{cell(view['status'])}[/bold]")
    screen().print(table_of(view["dependencies"], _LIGHTS))
    if recent := view["recent"]:
        rate = f"{recent['error_rate']:.1%}"
        say(f"Last {recent['minutes']} min: {recent['deliveries']} deliveries, {rate} failed at least once.")
    for name, columns in (("queues", _QUEUES), ("circuits", _CIRCUITS)):
        if view[name]:
            screen().print(table_of(view[name], columns))
