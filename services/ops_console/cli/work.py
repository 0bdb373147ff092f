"""``askpro work``."""

from typing import Annotated, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_json, print_page, say

app = typer.Typer(no_args_is_help=True, help="What people have to do: callbacks, wishes, broken promises.")
_COLUMNS: Final = (
    "id", "urgency", "kind", "created_at", "customer_name", "phone", "reason", "service", "wished_at",
    "summary", "branch_name", "company_id", "call_id",
)  # fmt: skip


@app.command("list")
def list_(
    company: Annotated[str | None, typer.Option(help="Only of this company.")] = None,
    branch: Annotated[str | None, typer.Option(help="Only of this branch.")] = None,
    kind: Annotated[str | None, typer.Option(help="callback, wish or promise.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Go on from there: as the page before said.")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 50,
    *,
    as_json: Json = False,
) -> None:
    """What waits: urgent ones first, then those that wait longest."""
    answer = console().get("work", company=company, branch=branch, kind=kind, cursor=cursor, limit=limit)
    print_page(answer, _COLUMNS, as_json=as_json)


@app.command("close")
def close(
    item: Annotated[str, typer.Argument(help="As the list names it.")],
    outcome: Annotated[str, typer.Option(help="done, not_reached or discarded.")] = "done",
    note: Annotated[str | None, typer.Option(help="For whoever looks it up.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Close it, once: who comes second hears who was first (exit code 1)."""
    body = {"outcome": outcome} | ({"note": note} if note else {})
    answer = console().post("work", item, "close", body=body)
    if as_json:
        print_json(answer)
    else:
        say(f"{answer['id']} is closed. By mistake? askpro work reopen {answer['id']}")


@app.command("reopen")
def reopen(task: Annotated[str, typer.Argument(help="As close named it.")], *, as_json: Json = False) -> None:
    """It was closed by mistake: it waits again."""
    answer = console().post("work", task, "reopen")
    if as_json:
        print_json(answer)
    else:
        say(f"{task} waits again.")
