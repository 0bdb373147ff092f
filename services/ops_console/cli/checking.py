"""``askpro branches check``: does a branch answer, from its number to its calendar?"""

import time
from typing import Annotated, Any, Final, Literal

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_json, say, screen, table_of
from shared.clients.console import ConsoleError

_LIGHTS: Final = {
    "en": {True: "fine", False: "fault", None: "not known"},
    "de": {True: "in Ordnung", False: "Fehler", None: "unklar"},
}
_COLUMNS: Final = ("light", "found", "advice")
_BETWEEN: Final = 0.5

Language = Literal["en", "de"]


def check(
    branch_id: Annotated[str, typer.Argument(help="The branch's id.")],
    company: Annotated[str | None, typer.Option("--company", help="The company's id.")] = None,
    language: Annotated[Language, typer.Option(help="Of what is found: en or de.")] = "en",
    wait: Annotated[float, typer.Option(help="Seconds until it gives up.", min=1.0)] = 300.0,
    *,
    conversations: Annotated[
        bool, typer.Option("--conversations", help="Hold ten simulated ones too; they cost what they talk.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove that it answers: number, agent, version, functions, services, hours, calendar.

    Exit code 0 when all is well; 1 when something is at fault or could not be found out.
    """
    company_id = company or console().get("branches", branch_id)["company_id"]
    path = ("companies", company_id, "branches", branch_id, "checks")
    run = console().post(*path, body={"conversations": conversations})
    found = _found(path, run["id"], time.monotonic() + wait)
    if as_json:
        print_json(found)
    else:
        _show(found, language)
    if not found["ok"]:
        raise typer.Exit(1)


def _found(path: tuple[str, ...], run_id: str, until: float) -> dict[str, Any]:
    """Raises ConsoleError where nobody has looked in time."""
    while time.monotonic() < until:
        answer: dict[str, Any] = console().get(*path, run_id)
        if answer["state"] == "done":
            return answer
        time.sleep(_BETWEEN)  # noqa: TID251  # a person waits for what the provisioner finds
    raise ConsoleError(
        "The check has not ended. Conversations take minutes (--wait); else see that the provisioner runs: "
        "askpro health, askpro dead-letters list."
    )


def _show(found: dict[str, Any], language: Language) -> None:
    rows = [
        {
            "light": _LIGHTS[language][finding["ok"]],
            "found": finding["found"][language],
            "advice": finding["advice"][language],
        }
        for finding in found["findings"]
    ]
    screen().print(table_of(rows, _COLUMNS))
    say(f"{_LIGHTS[language][found['ok']]}: {found['verdict'][language]}")
