"""``askpro dead-letters groups`` and ``group``: one error each, what state it is in, and a note."""

from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.instants import instant
from services.ops_console.cli.output import (
    Cursor,
    Json,
    print_fields,
    print_json,
    print_page,
    say,
    screen,
    table_of,
)

app = typer.Typer(no_args_is_help=True, help="A group of dead letters: one error at one place in one queue.")
_COLUMNS: Final = (
    "id",
    "state",
    "count",
    "queue",
    "error_class",
    "place",
    "first",
    "last",
    "activity",
    "note",
)
_FIELDS: Final = (
    "id", "state", "queue", "error_class", "place", "count", "total", "first", "last", "activity", "newest",
    "until_at", "until_total", "until_per_hour", "state_by", "state_at", "state_reason", "note",
)  # fmt: skip
_DEEDS: Final = ("at", "operator", "action", "reason")
_BARS: Final = " ▁▂▃▄▅▆▇█"

GroupId = Annotated[str, typer.Argument(help="Its id, as groups prints it.")]
Reason = Annotated[str | None, typer.Option(help="Kept with your name.")]


def groups(
    state: Annotated[
        str | None, typer.Option(help="open, acknowledged, resolved or ignored; without it all.")
    ] = None,
    queue: Annotated[str | None, typer.Option(help="Only of this queue.")] = None,
    company: Annotated[str | None, typer.Option(help="Only with letters of this company.")] = None,
    error: Annotated[str | None, typer.Option(help="Only with this text in class or place.")] = None,
    sort: Annotated[str, typer.Option(help="count, last (failure) or first (appearance).")] = "count",
    limit: Annotated[int, typer.Option(help="At most.")] = 50,
    cursor: Cursor = None,
    *,
    empty: Annotated[bool, typer.Option("--empty", help="Also those without a dead letter now.")] = False,
    as_json: Json = False,
) -> None:
    """By error and place, the largest first; the bars are the last 24 hours."""
    chosen = {"state": state, "queue": queue, "company": company, "error": error, "empty": empty or None}
    answer = console().get("groups", **chosen, sort=sort, limit=limit, cursor=cursor)
    if not as_json:
        answer = {**answer, "items": [_shown(one) for one in answer["items"]]}
    print_page(answer, _COLUMNS, as_json=as_json)


@app.command("show")
def show(group_id: GroupId, *, as_json: Json = False) -> None:
    """Its numbers, its state and note, and what people did."""
    _tell(console().get("groups", group_id), as_json=as_json)


@app.command("note")
def note(
    group_id: GroupId,
    words: Annotated[str, typer.Argument(help="For whoever looks next; empty takes it away.")],
    *,
    as_json: Json = False,
) -> None:
    """Keep a note."""
    _tell(console().post("groups", group_id, "note", body={"note": words}), as_json=as_json)


@app.command("acknowledge")
def acknowledge(group_id: GroupId, reason: Reason = None, *, as_json: Json = False) -> None:
    """Somebody is at it; open again when one more fails."""
    _stand(group_id, {"state": "acknowledged", "reason": reason}, as_json=as_json)


@app.command("resolve")
def resolve(group_id: GroupId, reason: Reason = None, *, as_json: Json = False) -> None:
    """Done with; open again when one more fails."""
    _stand(group_id, {"state": "resolved", "reason": reason}, as_json=as_json)


@app.command("reopen")
def reopen(group_id: GroupId, reason: Reason = None, *, as_json: Json = False) -> None:
    """People are told of it."""
    _stand(group_id, {"state": "open", "reason": reason}, as_json=as_json)


@app.command("ignore")
def ignore(
    group_id: GroupId,
    until: Annotated[str | None, typer.Option(help="A time, or for how long: 30m, 2h, 7d.")] = None,
    total: Annotated[int | None, typer.Option(min=1, help="Until so many more have failed.")] = None,
    per_hour: Annotated[int | None, typer.Option(min=1, help="Until so many fail within an hour.")] = None,
    reason: Reason = None,
    *,
    as_json: Json = False,
) -> None:
    """Nobody is told of it until one of these is reached."""
    if until is None and total is None and per_hour is None:
        raise typer.BadParameter("say until when", param_hint="--until, --total, --per-hour")
    limits = {
        "until_at": instant(until, "--until", ahead=True), "until_more": total, "until_per_hour": per_hour,
    }  # fmt: skip
    _stand(group_id, {"state": "ignored", "reason": reason, **limits}, as_json=as_json)


def _stand(group_id: str, wish: dict[str, Any], *, as_json: bool) -> None:
    said = {name: value for name, value in wish.items() if value is not None}
    _tell(console().post("groups", group_id, "state", body=said), as_json=as_json)


def _tell(group: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(group)
        return
    print_fields(_shown(group), _FIELDS)
    if group["deeds"]:
        say("[bold]Deeds[/bold]")
        screen().print(table_of(group["deeds"], _DEEDS))


def _shown(group: dict[str, Any]) -> dict[str, Any]:
    hours = group["hours"][-24:]
    top = max(*hours, 1)
    bars = "".join(_BARS[-(-number * (len(_BARS) - 1) // top)] for number in hours)
    return {
        **group,
        "count": f"{group['count']}{'+' if group['at_least'] else ''}",
        "activity": bars.strip() and bars,
    }
