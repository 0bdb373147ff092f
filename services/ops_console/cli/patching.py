"""``askpro dead-letters patch``: one JSON Patch over many, tried on real ones, then sent as an operation."""

from typing import Annotated, Any

import typer

from services.ops_console.cli import bulk
from services.ops_console.cli.asking import Yes
from services.ops_console.cli.deciding import (
    All,
    Company,
    ErrorText,
    GroupId,
    NoWait,
    Queue,
    Rate,
    Threshold,
    Type,
    choice,
)
from services.ops_console.cli.environment import console
from services.ops_console.cli.files import read_json
from services.ops_console.cli.output import Json, cell, complain, print_json, say


def patch(
    file: Annotated[str, typer.Argument(help="A JSON Patch (RFC 6902); - is standard input.")],
    queue: Queue = None,
    company: Company = None,
    type_: Type = None,
    error: ErrorText = None,
    group: GroupId = None,
    rate: Rate = 10.0,
    threshold: Threshold = 0.1,
    reason: Annotated[str, typer.Option(help="Why; kept with your name.")] = "",
    *,
    all_: All = False,
    preview: Annotated[bool, typer.Option("--preview", help="Only tell what it would make of them.")] = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    as_json: Json = False,
) -> None:
    """Correct and send those that it fits; the others stay. It is tried on some of them first."""
    if not preview and not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    wish = {**choice(None, queue, company, type_, error, group, all_=all_), "patch": read_json(file)}
    tried = console().post("dead-letters", "patch", "preview", body=wish)
    _show(tried, as_json=as_json and preview, quiet=as_json)
    if not tried["counts"]["fits"]:
        raise typer.Exit(1)
    if preview:
        return
    careful = {"kind": "patch-replay", "rate": rate, "threshold": threshold, "reason": reason}
    bulk.planned({**wish, **careful}, yes=yes, wait=not no_wait, as_json=as_json)


def _show(tried: dict[str, Any], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(tried)
    if quiet:
        return
    counts = ", ".join(f"{number} {verdict}" for verdict, number in tried["counts"].items())
    say(f"Tried on {tried['tried']} of {tried['found']}: {counts}.")
    for one in tried["items"][:3]:
        say(f"[bold]{one['id']}[/bold] {one['verdict']}")
        for line in one["diff"]:
            if line["kind"] in {"gone", "came"}:
                say(f"[{'red' if line['kind'] == 'gone' else 'green'}]{cell(line['text'])}[/]")
        for problem in filter(None, [one["why"], *(_told(fault) for fault in one["faults"])]):
            complain(problem)


def _told(fault: dict[str, str]) -> str:
    return f"{fault['field'] or 'data'}: {fault['message']}"
