"""``askpro audit``: who did what, when, to what, before and after."""

from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.instants import instant
from services.ops_console.cli.output import Json, cell, print_json, print_list, say

_COLUMNS: Final = ("id", "at", "operator", "action", "target", "reason")


def audit(
    operator: Annotated[str | None, typer.Option(help="Only of this person.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this, such as dead_letter.*")] = None,
    target: Annotated[str | None, typer.Option(help="Only to this, such as dead-letter:7")] = None,
    since: Annotated[str | None, typer.Option(help="A time, or like 2h.")] = None,
    until: Annotated[str | None, typer.Option(help="A time, or like 1h.")] = None,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 50,
    *,
    changes: Annotated[bool, typer.Option("--changes", help="With what each deed changed.")] = False,
    as_json: Json = False,
) -> None:
    """Newest first. Admins read everybody's deeds, operators their own."""
    span = {"since": since and instant(since), "until": until and instant(until)}
    chosen = {"operator": operator, "action": action, "target": target, **span}
    answer = console().get("audit", **chosen, cursor=cursor, limit=limit)
    if as_json:
        print_json(answer)
        return
    if changes:
        _tell(answer["items"])
    else:
        print_list(answer, _COLUMNS, as_json=False)
    if answer["next"]:
        say(f"[dim]More: --cursor {cell(answer['next'])}[/dim]")


def _tell(items: list[dict[str, Any]]) -> None:
    for item in items:
        say(" ".join(cell(item[name]) for name in ("at", "operator", "action", "target", "reason")))
        for name, colour in (("before", "red"), ("after", "green")):
            for field, value in (item[name] or {}).items():
                say(f"    [{colour}]{name} {cell(field)}: {cell(value)}[/]")
