"""``askpro dead-letters replay`` and ``discard``: named ones at once, what a filter finds as an operation."""

from typing import Annotated, Any

import typer

from services.ops_console.cli import bulk
from services.ops_console.cli.asking import Yes, reasoned
from services.ops_console.cli.environment import console
from services.ops_console.cli.instants import Since, Until, instant
from services.ops_console.cli.output import Json, print_json, say

Queue = Annotated[str | None, typer.Option(help="Only of this queue.")]
Company = Annotated[str | None, typer.Option(help="Only of this company.")]
Type = Annotated[str | None, typer.Option("--type", help="Only events of this type.")]
ErrorText = Annotated[str | None, typer.Option(help="Only with this text in class or message.")]
GroupId = Annotated[str | None, typer.Option("--group", help="Only of this group (its id).")]
Search = Annotated[str | None, typer.Option(help="Only with this text in error or payload.")]
Ids = Annotated[list[int] | None, typer.Argument(help="Their ids; these are dealt with at once.")]
All = Annotated[bool, typer.Option("--all", help="Every dead letter there is.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Begin, and do not watch.")]
Rate = Annotated[float, typer.Option(help="The highest rate, per second; it begins with 1.")]
Threshold = Annotated[
    float, typer.Option(help="Stop when more than this share of the last hundred failed.", min=0, max=1)
]


def replay(
    ids: Ids = None,
    queue: Queue = None,
    company: Company = None,
    type_: Type = None,
    error: ErrorText = None,
    group: GroupId = None,
    search: Search = None,
    since: Since = None,
    until: Until = None,
    rate: Rate = 50.0,
    threshold: Threshold = 0.1,
    reason: Annotated[str | None, typer.Option(help="Kept with your name.")] = None,
    *,
    all_: All = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    as_json: Json = False,
) -> None:
    """Send them again under their event ids: what was done already is not done twice.

    What a filter finds is planned, shown, confirmed and watched; Ctrl-C ends the watching alone. Exit code 0
    when all are done, 1 when some failed again or it stopped itself.
    """
    more = {"search": search, "since": instant(since), "until": instant(until, "--until")}
    wish = choice(ids, queue, company, type_, error, group, all_=all_, **more)
    if ids:
        answer = console().post("dead-letters", "replay", body={**wish, "per_second": rate, "reason": reason})
        _tell(answer, "on their way again", as_json=as_json)
        return
    careful = {"kind": "replay", "rate": rate, "threshold": threshold, "reason": reason}
    bulk.planned({**wish, **careful}, yes=yes, wait=not no_wait, as_json=as_json)


def discard(
    ids: Ids = None,
    reason: Annotated[str, typer.Option(help="Why; kept with your name.")] = "",
    queue: Queue = None,
    company: Company = None,
    type_: Type = None,
    error: ErrorText = None,
    group: GroupId = None,
    search: Search = None,
    since: Since = None,
    until: Until = None,
    *,
    all_: All = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    as_json: Json = False,
) -> None:
    """Give them up for good; what a filter finds as ``replay`` does."""
    reasoned(reason)
    more = {"search": search, "since": instant(since), "until": instant(until, "--until")}
    wish = {**choice(ids, queue, company, type_, error, group, all_=all_, **more), "reason": reason}
    if ids:
        _tell(console().post("dead-letters", "discard", body=wish), "discarded", as_json=as_json)
        return
    bulk.planned({**wish, "kind": "discard"}, yes=yes, wait=not no_wait, as_json=as_json)


def choice(
    ids: list[int] | None,
    queue: str | None,
    company: str | None,
    event_type: str | None,
    error: str | None,
    group: str | None,
    *,
    all_: bool,
    **more: str | None,
) -> dict[str, Any]:
    """Which letters, as the API takes it. Raises BadParameter where nothing was said."""
    said = {
        "ids": ids or None,
        "queue": queue,
        "company_id": company,
        "type": event_type,
        "error": error,
        "group": group,
        **more,
    }
    wish = {name: value for name, value in said.items() if value is not None}
    if not wish and not all_:
        raise typer.BadParameter("say which: ids, a filter, or --all", param_hint="IDS")
    return {**wish, "all": all_}


def _tell(answer: dict[str, Any], what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({**answer, "items": [{"id": one} for one in answer["ids"]]})
    else:
        say(f"{answer['count']} {what}.")
