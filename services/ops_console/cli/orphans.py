"""``askpro orphans``."""

from typing import Annotated

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, cell, print_json, print_list, say

app = typer.Typer(no_args_is_help=True, help="Orphans: ours at a provider, and of no branch.")
_COLUMNS = ("id", "company_id", "name", "reason", "state", "first_seen_at", "last_seen_at")


@app.command("list")
def list_(
    company: Annotated[str | None, typer.Option(help="Of this company only.")] = None,
    limit: Annotated[int, typer.Option(help="At most.")] = 200,
    *,
    as_json: Json = False,
) -> None:
    """Agents, LLMs, numbers and webhooks that are left over, looked for each hour; nothing is removed by it.

    Their state: orphaned; being_removed, by a person's wish; removed, until the next look.
    """
    answer = console().get("orphans", company=company, limit=limit)
    print_list(answer, _COLUMNS, as_json=as_json)


@app.command("remove")
def remove(
    ids: Annotated[list[str], typer.Argument(help="As listed, such as agent:agent_5f….")],
    company: Annotated[str, typer.Option("--company", help="The company's id.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete them at the provider for good, each if it is still nobody's when it is looked for once more.

    An LLM goes after the agent that uses it; a bought number is given back.
    """
    if not yes:
        typer.confirm(f"Delete {', '.join(ids)} at the provider for good?", abort=True, err=True)
    gone = [console().post("companies", company, "orphans", each, "remove") for each in ids]
    if as_json:
        print_json({"items": gone})
        return
    for each in gone:
        say(f"{cell(each['id'])} of {cell(each['company_id'])} is being removed.")
