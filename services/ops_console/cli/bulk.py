"""``askpro operations``, and how ``dead-letters replay`` and ``discard`` treat many: plan, confirm, watch."""

import time
from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.asking import Bar, Yes, confirm, progress
from services.ops_console.cli.environment import console
from services.ops_console.cli.output import (
    Json,
    cell,
    print_fields,
    print_json,
    print_list,
    say,
    screen,
    table_of,
)

app = typer.Typer(no_args_is_help=True, help="What is done to many dead letters at once.")
_COLUMNS: Final = (
    "id",
    "kind",
    "name",
    "state",
    "progress.done",
    "progress.failed",
    "progress.total",
    "created_by",
    "created_at",
)
_FIELDS: Final = (
    "id", "kind", "name", "state", "stop_reason", "waits_for", "reason", "rate", "level", "threshold",
    "minimum", "progress.total", "progress.done", "progress.failed", "progress.failing", "progress.sent",
    "progress.chosen", "progress.skipped", "progress.cancelled", "created_by", "created_at", "confirmed_by",
    "confirmed_at", "finished_at",
)  # fmt: skip
_ITEMS: Final = ("place", "id", "queue", "state", "outcome", "sent_at", "checked_at")
_QUEUES: Final = ("queue", "letters", "without_bytes", "taken")
_OVERTAKEN: Final = {
    "edited": "were corrected and done already",
    "appointment": "are about an appointment that has heard newer things since",
    "call": "are about a call that is recorded that far already",
}
_BETWEEN: Final = 1.0

Id = Annotated[int, typer.Argument(help="Its number.")]
Why = Annotated[str | None, typer.Option("--reason", help="Kept with your name.")]
Rate = Annotated[float | None, typer.Option(help="The highest rate, per second, from now on.")]


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only such: planned, running, paused, stopped, …")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 50,
    *,
    as_json: Json = False,
) -> None:
    """Newest first."""
    print_list(console().get("operations", state=state, limit=limit), _COLUMNS, as_json=as_json)


@app.command("show")
def show(
    operation_id: Id,
    letters: Annotated[
        str | None, typer.Option(help="Also its letters: done, failed, failing, sent, chosen, …; all.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many letters.")] = 50,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Until it ends.")] = False,
    as_json: Json = False,
) -> None:
    """How far it is. With --watch exit code 0 when all are done, else 1."""
    if watch:
        watched(operation_id, as_json=as_json)
        return
    told = console().get("operations", operation_id)
    wanted = None if letters == "all" else letters
    rows = console().get("operations", operation_id, "items", state=wanted, limit=limit) if letters else None
    if as_json:
        print_json({**told, **(rows or {})})
        return
    print_fields(told, _FIELDS)
    _warn(told)
    if rows is not None:
        screen().print(table_of(rows["items"], _ITEMS))


@app.command("confirm")
def confirm_(operation_id: Id, rate: Rate = None, *, yes: Yes = False, as_json: Json = False) -> None:
    """Freeze its letters and begin; nobody waits for it."""
    told = console().get("operations", operation_id)
    _preflight(told, as_json=as_json)
    confirm(_question(told), yes=yes)
    _decide(operation_id, "confirm", None, rate, as_json=as_json)


@app.command("pause")
def pause(operation_id: Id, reason: Why = None, *, as_json: Json = False) -> None:
    """Send nothing more; what was sent is followed."""
    _decide(operation_id, "pause", reason, None, as_json=as_json)


@app.command("resume")
def resume(operation_id: Id, reason: Why = None, rate: Rate = None, *, as_json: Json = False) -> None:
    """Go on, slowly at first; also one that has stopped itself."""
    _decide(operation_id, "resume", reason, rate, as_json=as_json)


@app.command("cancel")
def cancel(operation_id: Id, reason: Why = None, *, yes: Yes = False, as_json: Json = False) -> None:
    """Leave what was not sent where it is, for good."""
    confirm(f"Cancel operation {operation_id}?", yes=yes)
    _decide(operation_id, "cancel", reason, None, as_json=as_json)


def planned(wish: dict[str, Any], *, yes: bool, wait: bool, as_json: bool) -> None:
    """Plan, show what it would meet, ask, begin, and watch it to its end."""
    told = console().post("operations", body=wish)
    _preflight(told, as_json=as_json)
    try:
        confirm(_question(told), yes=yes)
    except (typer.Exit, typer.BadParameter):
        console().post("operations", told["id"], "cancel", body={"reason": "not confirmed"})
        raise
    begun = console().post("operations", told["id"], "confirm", body={})
    if wait:
        watched(begun["id"], as_json=as_json)
    else:
        _tell(begun, as_json=as_json)


def watched(operation_id: int, *, as_json: bool) -> None:
    """Until it does not run any more. Raises Exit with code 1 unless all are done."""
    with progress(f"operation {operation_id}", quiet=as_json) as bar:
        told = _followed(operation_id, bar)
    _tell(told, as_json=as_json)
    well = told["progress"]["done"] + told["progress"]["skipped"]
    if told["state"] != "done" or well != told["progress"]["total"]:
        raise typer.Exit(1)


def _followed(operation_id: int, bar: Bar) -> dict[str, Any]:
    while True:
        told: dict[str, Any] = console().get("operations", operation_id)
        counts = told["progress"]
        bar(counts["total"] - counts["chosen"] - counts["sent"], counts["total"], _now(told))
        if told["state"] != "running":
            return told
        time.sleep(_BETWEEN)  # noqa: TID251  # a person watches


def _now(told: dict[str, Any]) -> str:
    counts = told["progress"]
    waits = f", waits for {', '.join(told['waits_for'])}" if told["waits_for"] else ""
    failed = counts["failed"] + counts["failing"]
    return f"{told['level'] or 0:g}/s, {failed} failed{waits}"


def _decide(operation_id: int, deed: str, reason: str | None, rate: float | None, *, as_json: bool) -> None:
    body = {name: value for name, value in (("reason", reason), ("rate", rate)) if value is not None}
    _tell(console().post("operations", operation_id, deed, body=body), as_json=as_json)


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    counts = told["progress"]
    parts = [f"{counts[name]} {word}" for name, word in _WORDS.items() if counts[name]]
    say(f"Operation {told['id']} is {cell(told['state'])}: {', '.join(parts) or 'nothing known yet'}.")
    if told["stop_reason"]:
        say(f"[red]It stopped itself: {cell(told['stop_reason'])}.[/red] Put the cause right, then: "
            f"askpro operations resume {told['id']}")  # fmt: skip


_WORDS: Final = {
    "done": "done",
    "failed": "dead again",
    "failing": "failed and tried again",
    "sent": "on the way",
    "chosen": "not sent",
    "skipped": "left as they were",
    "cancelled": "never sent",
}


def _preflight(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        return
    found = told["preflight"]
    screen().print(table_of(found["queues"], _QUEUES))
    _warn(told)
    for name, words in _OVERTAKEN.items():
        if number := found["overtaken"][name]:
            say(f"[yellow]{number} of {found['overtaken']['looked_at']} looked at {words}.[/yellow]")
    say(f"Takes at least {found['seconds']:.0f} s.")


def _warn(told: dict[str, Any]) -> None:
    for one in told["obstacles"]:
        why = f"the circuit {cell(one['circuit'])} is open" if one["circuit"] else "nobody consumes it"
        say(f"[yellow]{cell(one['queue'])}: {why}.[/yellow]")


def _question(told: dict[str, Any]) -> str:
    what = {"discard": "Discard", "replay": "Replay"}.get(told["kind"], "Patch and replay")
    return f"{what} {told['progress']['total']} dead letters?"
