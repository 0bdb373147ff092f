"""``askpro rejected``: webhooks that ingest refused, and how they are taken in after all."""

from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.asking import Yes, confirm, progress
from services.ops_console.cli.environment import console
from services.ops_console.cli.instants import Since, instant
from services.ops_console.cli.output import Json, cell, print_fields, print_json, print_list, say

app = typer.Typer(no_args_is_help=True, help="Webhooks that were refused: a sample, kept for a while.")
_COLUMNS: Final = ("received_at", "id", "provider", "company_id", "status", "reason", "event_id")
_FIELDS: Final = (
    "id", "received_at", "provider", "path", "company_id", "status", "reason", "size", "cut", "reingested_at",
    "reingested_by", "event_id",
)  # fmt: skip
#: As many as a company has on one day.
_MOST: Final = 1_000
#: Each costs ingest and database some hundredths of a second: an answer comes soon, and the bar moves.
_AT_ONCE: Final = 20

Company = Annotated[str | None, typer.Option(help="Only of this company.")]
Provider = Annotated[str | None, typer.Option(help="calcom, retell, stripe or events.")]
Status = Annotated[int | None, typer.Option(help="Only what was answered with it, such as 401.")]


@app.command("list")
def list_(
    company: Company = None,
    provider: Provider = None,
    status: Status = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="next of the page before.")] = None,
    *,
    open_: Annotated[bool, typer.Option("--open", help="Only those that are still refused.")] = False,
    as_json: Json = False,
) -> None:
    """The latest first: at most 1,000 of each company and day are kept."""
    answer = _found(company, provider, status, since, limit, cursor, still_open=open_)
    print_list(answer, _COLUMNS, as_json=as_json)


@app.command("show")
def show(request_id: Annotated[str, typer.Argument(help="Its id.")], *, as_json: Json = False) -> None:
    """Why it was refused, its headers and its body; secrets are not shown."""
    request = console().get("rejected", request_id)
    if as_json:
        print_json(request)
        return
    print_fields(request, _FIELDS)
    say("[bold]Headers[/bold]")
    print_json(request["headers"])
    say("[bold]Body[/bold]")
    if request["raw"] is None:
        print_json(request["payload"])
    else:
        say(cell(request["raw"]))


@app.command("reingest")
def reingest(
    ids: Annotated[list[str] | None, typer.Argument(help="Their ids.")] = None,
    company: Company = None,
    provider: Provider = None,
    status: Status = None,
    since: Since = None,
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take them in after the cause was mended, the oldest first; exit code 1 where one stays refused.

    Each one's own signature must fit a secret of today. Twice is once: the event has the same id.
    """
    if not ids and company is None and provider is None and status is None and since is None:
        raise typer.BadParameter("say which: ids, or a filter", param_hint="IDS")
    chosen = ids or _ids(company, provider, status, since)
    confirm(f"Take {len(chosen)} requests in again?", yes=yes or len(chosen) <= 1)
    results: list[dict[str, Any]] = []
    with progress("Taking in", quiet=as_json) as bar:
        for place in range(0, len(chosen), _AT_ONCE):
            results += _taken(chosen[place : place + _AT_ONCE])
            bar(len(results), len(chosen))
    _tell(results, as_json=as_json)


def _ids(company: str | None, provider: str | None, status: int | None, since: str | None) -> list[str]:
    found = _found(company, provider, status, since, _MOST, None, still_open=True)["items"]
    return [one["id"] for one in reversed(found) if not one["cut"]]


def _found(
    company: str | None,
    provider: str | None,
    status: int | None,
    since: str | None,
    limit: int,
    cursor: str | None,
    *,
    still_open: bool,
) -> Any:
    return console().get(
        "rejected",
        company=company,
        provider=provider,
        status=status,
        since=instant(since),
        limit=limit,
        cursor=cursor,
        open=still_open or None,
    )


def _taken(ids: list[str]) -> list[dict[str, Any]]:
    """Each with the event that it became, or why it stays refused."""
    return list(console().post("rejected", "reingest", body={"ids": ids})["items"])


def _tell(results: list[dict[str, Any]], *, as_json: bool) -> None:
    refused = [one for one in results if one["refused"]]
    if as_json:
        print_json({"items": results})
    else:
        for one in refused:
            say(f"{cell(one['id'])}  [red]refused[/red]  {cell(one['refused'])}")
        say(f"{len(results) - len(refused)} taken in, {len(refused)} stay refused.")
    if refused:
        raise typer.Exit(1)
