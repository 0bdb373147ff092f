"""``askpro circuits``: who is not called at the moment, why, and a person's word on it."""

from typing import Annotated, Any, Final

import typer

from services.ops_console.cli.asking import reasoned
from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, cell, print_json, print_list, say

app = typer.Typer(help="Circuits: who is not called at the moment, and why.")
COLUMNS: Final = (
    "id",
    "state",
    "opened_at",
    "reason",
    "ends",
    "parked",
    "held",
    "forced",
    "forced_by",
    "forced_reason",
)

Name = Annotated[
    str, typer.Argument(help="The circuit's name, such as calcom, or calcom:COMPANY for a company's key.")
]
Reason = Annotated[str, typer.Option(help="Why; kept with your name.")]


@app.callback(invoke_without_command=True)
def circuits(context: typer.Context, *, as_json: Json = False) -> None:
    """Circuits: who is not called at the moment, and why."""
    if context.invoked_subcommand is None:
        print_list(console().get("circuits"), COLUMNS, as_json=as_json)


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """Dependencies, and keys that were ever open: since when, why, what ends it, how many are parked."""
    print_list(console().get("circuits"), COLUMNS, as_json=as_json)


@app.command("open")
def open_(
    name: Name,
    reason: Reason = "",
    minutes: Annotated[float, typer.Option(help="How long that holds.")] = 60.0,
    *,
    as_json: Json = False,
) -> None:
    """Refuse calls through it: deliveries that need it wait."""
    _change(name, "open", {"reason": reasoned(reason), "minutes": minutes}, as_json=as_json)


@app.command("close")
def close(
    name: Name,
    reason: Reason = "",
    minutes: Annotated[
        float | None, typer.Option(help="Let calls through so long, even if they fail.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Let calls through again: what waits for it is released on a ramp."""
    _change(name, "close", {"reason": reasoned(reason), "minutes": minutes}, as_json=as_json)


@app.command("auto")
def auto(name: Name, reason: Reason = "", *, as_json: Json = False) -> None:
    """Take a person's word back: it is again as the calls decide."""
    _change(name, "auto", {"reason": reasoned(reason)}, as_json=as_json)


def _change(name: str, action: str, wish: dict[str, Any], *, as_json: bool) -> None:
    state = console().post("circuits", name, action, body=wish)
    if as_json:
        print_json(state)
        return
    say(f"{cell(name)} is {cell(state['forced'] or state['state'])}.")
    if state["ends"]:
        say(f"What ends it: {cell(state['ends'])}.")
