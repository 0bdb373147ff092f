"""``askpro catalogue``."""

from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_list

app = typer.Typer(no_args_is_help=True, help="What can be booked at Cal.com, and by whom.")
_COLUMNS = ("id", "company_id", "title", "length_minutes", "state", "reason", "warnings", "synced_at")
_OFFERS = ("service", "person", "id", "title", "length_minutes", "state", "reason", "warnings")
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


def _languages() -> dict[str, str]:
    """``de`` or ``en`` by company."""
    known = console().get("companies", limit=_MOST_COMPANIES)["items"]
    return {one["id"]: "de" if one["language"].startswith("de") else "en" for one in known}


def _told(item: dict[str, Any], language: str) -> dict[str, Any]:
    warnings = "; ".join(warning[language] for warning in item["warnings"])
    return {**item, "reason": item["reason"][language], "warnings": warnings}
