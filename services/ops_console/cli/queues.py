"""``askpro queues``: what each holds, and a person who pauses one."""

from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.asking import reasoned
from services.ops_console.cli.environment import console
from services.ops_console.cli.ledger import INEXACT
from services.ops_console.cli.output import Json, cell, print_json, print_list, say

app = typer.Typer(help="Queues: what each holds, since when, how fast it moves; pause and resume one.")
COLUMNS: Final = (
    "queue",
    "ready",
    "unacknowledged",
    "oldest_seconds",
    "arriving",
    "settled",
    "consumers",
    "paused",
    "paused_by",
    "paused_reason",
    "paused_until",
    "parked",
)

Name = Annotated[str, typer.Argument(help="The queue's name, such as notifier.mail.")]
Reason = Annotated[str, typer.Option(help="Why; kept with your name.")]


@app.callback(invoke_without_command=True)
def queues(context: typer.Context, *, as_json: Json = False) -> None:
    """Queues: what each holds, since when, how fast it moves; pause and resume one."""
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """Messages ready and in work, for how long the oldest waits, messages a second in and out, consumers."""
    _list(as_json=as_json)


@app.command("pause")
def pause(
    name: Name,
    reason: Reason = "",
    minutes: Annotated[float, typer.Option(help="How long; then it goes on by itself.")] = 60.0,
    *,
    as_json: Json = False,
) -> None:
    """Handle nothing of a queue for so long: what comes is kept in its order and costs no attempt."""
    _change(name, "pause", {"reason": reasoned(reason), "minutes": minutes}, as_json=as_json)


@app.command("resume")
def resume(name: Name, reason: Reason = "", *, as_json: Json = False) -> None:
    """Let a paused queue go on at once."""
    _change(name, "resume", {"reason": reasoned(reason)}, as_json=as_json)


def _list(*, as_json: bool) -> None:
    answer = console().get("queues")
    print_list(answer, COLUMNS, as_json=as_json)
    if not as_json and any(item["unacknowledged"] is None for item in answer["items"]):
        say(INEXACT)


def _change(name: str, action: str, wish: dict[str, Any], *, as_json: bool) -> None:
    line = console().post("queues", name, action, body=wish)
    if as_json:
        print_json(line)
    elif line["paused"]:
        say(f"{cell(name)} is paused until {cell(line['paused_until'])}.")
    else:
        say(f"{cell(name)} goes on.")
