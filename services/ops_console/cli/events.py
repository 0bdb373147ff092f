"""``askpro events``."""

from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.instants import Since, Until, instant
from services.ops_console.cli.output import Json, cell, print_fields, print_json, print_list, say
from services.ops_console.cli.trail import print_trail

app = typer.Typer(no_args_is_help=True, help="The event log.")
_PAGE: Final = 1_000
_COLUMNS: Final = ("logged_at", "type", "company_id", "id", "became")
_FIELDS: Final = (
    "id", "type", "source", "subject", "company_id", "time", "logged_at", "correlation_id", "causation_id",
    "traceparent", "handled",
)  # fmt: skip


@app.command("list")
def list_(
    type_: Annotated[str | None, typer.Option("--type", help="May hold *, such as calcom.*")] = None,
    company: Annotated[str | None, typer.Option(help="The company's id.")] = None,
    since: Since = None,
    until: Until = None,
    correlation: Annotated[str | None, typer.Option(help="Correlation id, such as a call's.")] = None,
    event_id: Annotated[str | None, typer.Option("--id", help="Exactly this event.")] = None,
    subject: Annotated[str | None, typer.Option(help="What it is about, such as a booking's uid.")] = None,
    contains: Annotated[str | None, typer.Option(help="A text anywhere in the event.")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 50,
    *,
    unhandled: Annotated[bool, typer.Option("--unhandled", help="Those that no service handles.")] = False,
    as_json: Json = False,
) -> None:
    """What was accepted, newest first, and what became of it.

    --contains and --subject look through the last day where no --since says otherwise.
    """
    searching = subject is not None or contains is not None
    answer = _found(
        limit,
        type=type_,
        company=company,
        since=instant(since or ("1d" if searching else None)),
        until=instant(until, "--until"),
        correlation=correlation,
        id=event_id,
        subject=subject,
        contains=contains,
        unhandled=unhandled or None,
    )
    if not as_json:
        answer = {"items": [{**item, "became": became(item)} for item in answer["items"]]}
    print_list(answer, _COLUMNS, as_json=as_json)


def _found(limit: int, **filters: Any) -> dict[str, Any]:
    """Page after page: a search looks at some thousand events at a time."""
    items: list[Any] = []
    before: int | None = None
    while True:
        page = console().get("events", **filters, before=before, limit=min(limit - len(items), _PAGE))
        items, before = [*items, *page["items"]], page["next"]
        if before is None or len(items) >= limit:
            return {"items": items, "next": before}


@app.command("show")
def show(event_id: Annotated[str, typer.Argument(help="The event's id.")], *, as_json: Json = False) -> None:
    """One event, what it came from and led to: the state and the attempts of each delivery, who was told."""
    event = console().get("events", event_id)
    if as_json:
        print_json(event)
        return
    print_fields(event, _FIELDS)
    say("[bold]Trail[/bold]")
    print_trail(event["trail"], here=event["id"])
    say("[bold]Envelope[/bold]")
    if event["raw"] is None:
        print_json(event["envelope"])
    else:
        say(cell(event["raw"]))


def became(event: dict[str, Any]) -> str:
    """``syncer.bookings done, notifier.mail waiting``."""
    if not event["deliveries"]:
        return "waiting" if event["handled"] else "unhandled"
    return ", ".join(f"{one['queue']} {one['state']}" for one in event["deliveries"])
