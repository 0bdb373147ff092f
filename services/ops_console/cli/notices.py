"""``askpro branches notice``."""

from datetime import datetime
from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_list, say

_COLUMNS: Final = ("id", "text", "by", "at")

Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today, where none is given.")
]


def notice(
    branch_id: Annotated[str, typer.Argument(help="The branch's id.")],
    text: Annotated[str | None, typer.Argument(help="A sentence to say; without it: what there is.")] = None,
    company: Annotated[str | None, typer.Option("--company", help="The company's id.")] = None,
    day: Day = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day, at most 30 after it.")
    ] = None,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take back what is told on the day.")] = False,
    as_json: Json = False,
) -> None:
    """What callers hear on a day, such as "Steffi is ill": from the next call on, and on that day alone."""
    owner = company or console().get("branches", branch_id)["company_id"]
    path = ("companies", owner, "branches", branch_id)
    on = f"{day or datetime.now().astimezone():%Y-%m-%d}"
    if remove:
        console().delete(*path, "notice", on)
    elif text is not None:
        console().put(*path, "notice", body=_wish(on, until, text))
    if as_json or (text is None and not remove):
        print_list(console().get(*path, "notices"), _COLUMNS, as_json=as_json)
    else:
        say("Nobody hears it any more." if remove else "Callers hear it from the next call on.")


def _wish(day: str, until: datetime | None, text: str) -> dict[str, Any]:
    wish = {"day": day, "text": text}
    return wish | {"until": f"{until:%Y-%m-%d}"} if until else wish
