"""``askpro health``."""

from typing import Any, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import (
    Json,
    cell,
    print_json,
    say,
    screen,
    table_of,
)

_QUEUES: Final = ("queue", "ready", "unacknowledged", "consumers")
_CIRCUITS: Final = ("id", "kind", "state", "reason", "opened_at", "rest_left", "forced", "forced_by")
_LIGHTS: Final = ("name", "ok", "seconds", "problem")


def health(*, as_json: Json = False) -> None:
    """Everything the platform depends on, asked now; exit code 1 when something vital is down."""
    view = console().get("health")
    if as_json:
        print_json(view)
    else:
        _show_health(view)
    if view["status"] == "down":
        raise typer.Exit(1)


def _show_health(view: dict[str, Any]) -> None:
    say(f"[bold]{cell(view['status'])}[/bold]")
    screen().print(table_of(view["dependencies"], _LIGHTS))
    if recent := view["recent"]:
        rate = f"{recent['error_rate']:.1%}"
        say(f"Last {recent['minutes']} min: {recent['deliveries']} deliveries, {rate} failed at least once.")
    for name, columns in (("queues", _QUEUES), ("circuits", _CIRCUITS)):
        if view[name]:
            screen().print(table_of(view[name], columns))
