"""``askpro catalogue``."""

from typing import Annotated, Any

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_list

app = typer.Typer(no_args_is_help=True, help="What can be booked at Cal.com, and by whom.")
_COLUMNS = ("id", "company_id", "title", "length_minutes", "state", "reason", "warnings", "synced_at")


@app.command("list")
def list_(
    company: Annotated[str | None, typer.Option(help="Of this company only.")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 200,
    *,
    as_json: Json = False,
) -> None:
    """Event types as they were read last.

    Their state: yes; placeholder: with an address of ours, where the caller has none; no, with the reason;
    gone. Warnings: hours that Cal.com offers while a branch is closed.
    """
    answer = console().get("catalogue", company=company, limit=limit)
    found = answer if as_json else {"items": [_told(item) for item in answer["items"]]}
    print_list(found, _COLUMNS, as_json=as_json)


def _told(item: dict[str, Any]) -> dict[str, Any]:
    warnings = "; ".join(warning["en"] for warning in item["warnings"])
    return {**item, "reason": item["reason"]["en"], "warnings": warnings}
