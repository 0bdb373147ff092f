"""``askpro ledger``: is every accepted event accounted for, which one is not, and send it again."""

import time
from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.asking import reasoned
from services.ops_console.cli.environment import console
from services.ops_console.cli.instants import Since, instant
from services.ops_console.cli.output import Json, print_fields, print_json, print_list, say, screen, table_of

app = typer.Typer(help="Account for every accepted event; exit code 1 when something is unaccounted for.")
_TOTALS: Final = ("accepted", "to_be_sent", "to_be_logged", "unhandled", "unaccounted")
_QUEUES: Final = ("queue", "waiting", "redelivery", "done", "dead", "discarded", "unaccounted")
_MISSING: Final = ("queue", "event_type", "company_id", "id", "attempt", "updated_at")
INEXACT: Final = (
    "[yellow]Without RABBITMQ_MANAGEMENT_URL the broker does not tell what is unacknowledged.[/yellow]"
)
#: A queue counts itself every 5 s; after a start of the broker it has not counted yet.
_BROKER_COUNTS: Final = 6.0


@app.callback(invoke_without_command=True)
def ledger(context: typer.Context, since: Since = None, *, as_json: Json = False) -> None:
    """Account for every accepted event; exit code 1 when something is unaccounted for."""
    if context.invoked_subcommand is not None:
        return
    view = _view(instant(since))
    if as_json:
        print_json(view)
    else:
        _show(view)
    if view["unaccounted"] > 0:
        raise typer.Exit(1)


@app.command("missing")
def missing(limit: Annotated[int, typer.Option(help="At most.")] = 1000, *, as_json: Json = False) -> None:
    """Which deliveries may be lost, those that wait longest first."""
    answer = console().get("ledger", "missing", limit=limit)
    print_list(answer, _MISSING, as_json=as_json)
    late = len(answer["items"]) - answer["unaccounted"]
    if late > 0 and not as_json:
        say(f"{answer['unaccounted']} of them are nowhere; the broker holds as many as the others are.")


@app.command("send-again")
def send_again(
    ids: Annotated[list[str] | None, typer.Argument(help="Their events' ids; without, all.")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with your name.")] = "",
    queue: Annotated[str | None, typer.Option(help="Only of this queue.")] = None,
    rate: Annotated[float, typer.Option(help="How many become due per second.")] = 50.0,
    *,
    as_json: Json = False,
) -> None:
    """Send what is missing again from the event log, 5,000 at once: what was done is not done twice."""
    reasoned(reason)
    wish = {"queue": queue, "ids": ids or None, "per_second": rate, "reason": reason}
    answer = console().post("ledger", "send-again", body=wish)
    if as_json:
        print_json(answer)
    else:
        say(f"{answer['count']} on their way again.")
        if answer["lost"]:
            say(f"[red]{len(answer['lost'])} are lost[/red]: dead letters without bytes, to be discarded.")


def _view(since: str | None) -> dict[str, Any]:
    """What is short in one reading and not in the next was only on its way."""
    view: dict[str, Any] = console().get("ledger", since=since)
    if view["unaccounted"] > 0:
        time.sleep(_BROKER_COUNTS)  # noqa: TID251  # a person waits for the broker's next count
        view = console().get("ledger", since=since)
    return view


def _show(view: dict[str, Any]) -> None:
    print_fields(view, _TOTALS)
    if view["items"]:
        screen().print(table_of(view["items"], _QUEUES))
    if not view["exact"]:
        say(INEXACT)
    if view["unaccounted"] > 0:
        say("[red]askpro ledger missing[/red] lists which; [red]askpro ledger send-again[/red] sends them.")
