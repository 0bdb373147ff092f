"""``askpro catalogue``."""

from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_json, print_list, say

app = typer.Typer(no_args_is_help=True, help="What can be booked at Cal.com, and by whom.")
_COLUMNS = ("id", "company_id", "title", "length_minutes", "state", "reason", "warnings", "synced_at")
_OFFERS = ("service", "person", "id", "title", "length_minutes", "state", "reason", "warnings")
_IMPORTED = ("id", "title", "does", "service", "person", "reason")
_MOST_COMPANIES: Final = 1000

Company = Annotated[str | None, typer.Option("--company", help="The company's id.")]
BranchId = Annotated[str, typer.Argument(help="The branch's id.")]


@app.command("list")
def list_(
    company: Annotated[str | None, typer.Option(help="Of this company only.")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 200,
    *,
    as_json: Json = False,
) -> None:
    """Event types as they were read last.

    Their state: yes; placeholder: with an address of ours, where the caller has none; no, with the reason;
    gone. Warnings: hours that Cal.com offers while a branch is closed. Both in the company's language.
    """
    answer = console().get("catalogue", company=company, limit=limit)
    if not as_json:
        languages = _languages()
        told = [_told(item, languages.get(item["company_id"], "de")) for item in answer["items"]]
        answer = {"items": told}
    print_list(answer, _COLUMNS, as_json=as_json)


@app.command("offers")
def offers(branch_id: BranchId, company: Company = None, *, as_json: Json = False) -> None:
    """What a branch offers, service by service and person by person.

    State no, gone: nobody can book it, and the assistant offers a call back; the reason is told in the
    company's language. Unseen: Cal.com has not listed it.
    """
    found = company or console().get("branches", branch_id)["company_id"]
    answer = console().get("companies", found, "branches", branch_id, "offers")
    if not as_json:
        language = _languages().get(found, "de")
        answer = {"items": [_told(item, language) for item in answer["items"]]}
    print_list(answer, _OFFERS, as_json=as_json)


@app.command("import")
def import_(
    branch_id: BranchId,
    company: Company = None,
    event_type: Annotated[
        list[int] | None, typer.Option("--event-type", help="Of this event type; may be given again.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, it is only shown.")] = False,
    as_json: Json = False,
) -> None:
    """Make services and people of a branch from Cal.com's event types, by title, length and hosts.

    Names, prices and lengths that somebody entered stand, and so does what is there already; again is as good
    as once. Lengths are left to Cal.com, so that a change there is followed.
    """
    found = company or console().get("branches", branch_id)["company_id"]
    path = ("companies", found, "branches", branch_id, "import")
    if yes:
        answer = console().post(*path, body={"event_types": event_type} if event_type else {})
    else:
        answer = console().get(*path, event_type=event_type or None)
    if as_json:
        print_json(answer)
        return
    _show_import(answer, branch_id, _languages().get(found, "de"), done=yes)


def _show_import(answer: dict[str, Any], branch_id: str, language: str, *, done: bool) -> None:
    items = [{**item, "reason": (item["reason"] or {}).get(language)} for item in answer["items"]]
    print_list({"items": items}, _IMPORTED, as_json=False)
    if answer["people"]:
        say(f"{'New' if done else 'Would be new'} on the staff: {escape(', '.join(answer['people']))}.")
    if not done:
        say("Nothing is changed yet; --yes does it.")
    elif answer["version"] is None:
        say(f"{branch_id} has all of it already.")
    else:
        say(f"{branch_id} is changed (version {answer['version']}).")


def _languages() -> dict[str, str]:
    """``de`` or ``en`` by company."""
    known = console().get("companies", limit=_MOST_COMPANIES)["items"]
    return {one["id"]: "de" if one["language"].startswith("de") else "en" for one in known}


def _told(item: dict[str, Any], language: str) -> dict[str, Any]:
    warnings = "; ".join(warning[language] for warning in item["warnings"])
    return {**item, "reason": item["reason"][language], "warnings": warnings}
