"""What commands print: tables and texts for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Cursor = Annotated[str | None, typer.Option(help="Where the page before said that more follows.")]
#: Into a file or a pipe nobody folds lines.
_PIPE_WIDTH: Final = 240
_NOTHING: Final = "Nothing there."
_NO_EDGE: Final = 1000
_STATES: Final = {
    "dead": "red",
    "open": "red",
    "acknowledged": "yellow",
    "resolved": "green",
    "ignored": "dim",
    "down": "red",
    "failed": "red",
    "fault": "red",
    "Fehler": "red",
    "degraded": "yellow",
    "not known": "yellow",
    "unklar": "yellow",
    "blocked": "yellow",
    "suspended": "yellow",
    "testing": "yellow",
    "redelivery": "yellow",
    "discarded": "dim",
    "done": "green",
    "closed": "green",
    "fine": "green",
    "in Ordnung": "green",
    "healthy": "green",
    "provisioned": "green",
}


def screen() -> Console:
    """Where people read; made anew each time, so that a test's redirected stdout is honoured."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def say(text: str) -> None:
    """One line; markup of rich is allowed."""
    screen().print(text)


def complain(text: str) -> None:
    """One line on stderr, without markup."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{escape(text)}[/red]")


def print_json(value: Any) -> None:
    """Indented, in UTF-8."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_list(answer: Mapping[str, Any], columns: Sequence[str], *, as_json: bool) -> None:
    """``answer`` has ``items``; ``columns`` name fields, ``error.message`` one inside of another."""
    if as_json:
        print_json(answer)
        return
    if not answer["items"]:
        say(_NOTHING)
        return
    screen().print(table_of(answer["items"], columns))


def print_page(answer: Mapping[str, Any], columns: Sequence[str], *, as_json: bool) -> None:
    """``print_list``, and how to go on; ``answer`` may say how far was looked (``reached``)."""
    print_list(answer, columns, as_json=as_json)
    if as_json:
        return
    if answer.get("reached"):
        say(f"Looked through back to {answer['reached']}; there may be more.")
    if answer.get("next"):
        say(f"[dim]More: --cursor {answer['next']}[/dim]")


def table_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    """A table with the fields' names as heads."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(cell(_field(row, column)) for column in columns))
    return table


def print_fields(fields: Mapping[str, Any], names: Sequence[str]) -> None:
    """One field per line, those that are empty left out."""
    width = max(map(len, names))
    for name in names:
        if (text := cell(_field(fields, name))) not in {"", "[]", "{}"}:
            say(f"[dim]{name.replace('_', ' '):<{width}}[/dim]  {text}")


def cell(value: Any) -> str:  # noqa: PLR0911  # one line per kind of value
    """For a person, with markup escaped; instants in local time."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3g}"
        case str() if value in _STATES:
            return f"[{_STATES[value]}]{value}[/]"
        case str():
            return escape(_instant(value) or value)
        case dict() | list():
            return escape(json.dumps(value, ensure_ascii=False, default=str))
        case _:
            return str(value)


def _instant(text: str) -> str | None:
    if len(text) < len("2026-01-01T00:00Z") or text[4:5] != "-" or text[10:11] != "T":
        return None
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


def _field(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
