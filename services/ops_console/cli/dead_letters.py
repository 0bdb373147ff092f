"""``askpro dead-letters``."""

from typing import Annotated, Final

import typer

from services.ops_console.cli import deciding, groups
from services.ops_console.cli.deciding import Company, ErrorText, GroupId, Queue, Type
from services.ops_console.cli.environment import console
from services.ops_console.cli.instants import Since, Until, instant
from services.ops_console.cli.output import (
    Cursor,
    Json,
    cell,
    print_fields,
    print_json,
    print_page,
    say,
    screen,
    table_of,
)

app = typer.Typer(no_args_is_help=True, help="Dead letters: what was given up, and its story.")
app.command("groups")(groups.groups)
app.add_typer(groups.app, name="group")
_COLUMNS: Final = ("id", "updated_at", "queue", "event_type", "company_id", "reason", "error.message")
_FIELDS: Final = (
    "id", "state", "queue", "event_id", "event_type", "company_id", "correlation_id", "attempt", "reason",
    "error.class", "error.message", "error.place", "error.service", "error.version", "error.host",
    "error.filed_from", "group_id", "copy_of", "first_seen_at", "updated_at", "settled_by", "settled_reason",
)  # fmt: skip
_ATTEMPTS: Final = ("attempt", "at", "class", "message", "place", "service", "version", "host")
_DEEDS: Final = ("at", "operator", "action", "reason")
_COPIES: Final = ("id", "event_id", "state", "updated_at")

Limit = Annotated[int, typer.Option(help="At most.")]


@app.command("list")
def list_(
    queue: Queue = None,
    company: Company = None,
    type_: Type = None,
    reason: Annotated[str | None, typer.Option(help="Such as rejected, poison_message.")] = None,
    error: ErrorText = None,
    group: GroupId = None,
    search: Annotated[str | None, typer.Option(help="Only with this text in error or payload.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    *,
    discarded: Annotated[
        bool, typer.Option("--discarded", help="Those that were given up for good.")
    ] = False,
    as_json: Json = False,
) -> None:
    """The last that died first."""
    answer = console().get(
        "dead-letters",
        queue=queue,
        company=company,
        type=type_,
        reason=reason,
        error=error,
        group=group,
        search=search,
        since=instant(since),
        until=instant(until, "--until"),
        discarded=discarded or None,
        limit=limit,
        cursor=cursor,
    )
    print_page(answer, _COLUMNS, as_json=as_json)


@app.command("show")
def show(letter_id: Annotated[int, typer.Argument(help="Its id.")], *, as_json: Json = False) -> None:
    """Its story: every attempt with its stack, headers, payload, its edits, and what people did."""
    letter = console().get("dead-letters", letter_id)
    if as_json:
        print_json(letter)
        return
    print_fields(letter, _FIELDS)
    for title, rows, columns in (
        ("Attempts", letter["history"], _ATTEMPTS),
        ("Edits of it", letter["copies"], _COPIES),
        ("Deeds", letter["deeds"], _DEEDS),
    ):
        if rows:
            say(f"[bold]{title}[/bold]")
            screen().print(table_of(rows, columns))
    for stack in letter["stacks"] or [{"attempt": "", "stack": letter["error"].get("stack")}]:
        say(f"[bold]Stack[/bold] {stack['attempt']}\n{cell(stack['stack'])}")
    say("[bold]Properties[/bold]")
    print_json(letter["properties"])
    say("[bold]Payload[/bold]")
    if letter["raw"] is None:
        print_json(letter["payload"])
    else:
        say(cell(letter["raw"]))


app.command("replay")(deciding.replay)
app.command("discard")(deciding.discard)
