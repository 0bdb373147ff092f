"""``askpro simulate call``: somebody rings a branch at the simulated Retell, and the dialogue is printed."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from services.ops_console.cli.conversation import FAULTS, Scenario, Steps, steps_of
from services.ops_console.cli.dialogue import calendar_lines, lines_of
from services.ops_console.cli.environment import console, settings
from services.ops_console.cli.files import read_json
from services.ops_console.cli.output import Json, print_json, say
from shared.clients.console import ConsoleError, ask_json

app = typer.Typer(no_args_is_help=True, help="Play with the simulators.")
#: A webhook and its delivery take less than a second; a wish is tried again after half a minute.
_SYNCED_WITHIN: Final = 15.0
_LOOK_EVERY: Final = 0.3


@app.callback()
def simulate() -> None:
    """Play with the simulators."""


@app.command("call")
def call(
    branch: Annotated[str | None, typer.Option(help="Whom to ring; the demo's branch if not said.")] = None,
    company: Annotated[str | None, typer.Option(help="The branch's company.")] = None,
    to: Annotated[str | None, typer.Option(help="The number to ring, instead of a branch.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="The caller's number; somebody new if not said.")
    ] = None,
    name: Annotated[str, typer.Option(help="The caller's name.")] = "Erika Mustermann",
    scenario: Annotated[
        Scenario,
        typer.Option(help="Book, be unclear, move, cancel; or a calendar that is slow, or away."),
    ] = Scenario.BUCHEN,
    script: Annotated[str | None, typer.Option(help="A JSON file with the steps of the call.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Ring a branch and print the whole call, which is in German.

    What was said when, how long each function took and may take, what came into the running call, and what
    is in the calendar afterwards.
    """
    simulator = _simulator()
    number, service, owner = (to, None, company) if to else _number_of(branch, company)
    steps: Steps = read_json(script) if script else steps_of(scenario, service, name)
    wish = {"from_number": from_ or _somebody(), "to_number": number, "script": steps}
    with _trouble(scenario):
        told = ask_json("POST", f"{simulator}/_control/calls", wish)
    left = _left_behind(told["call_id"], owner) if owner else None
    if as_json:
        print_json({**told, **(left or {})})
        return
    for line in lines_of(told):
        say(line)
    if left is not None:
        for line in calendar_lines(told, left["appointments"], left["callbacks"]):
            say(line)


def _somebody() -> str:
    """A mobile: who calls twice for the same is told of the first appointment."""
    return f"+49151{10_000_000 + secrets.randbelow(90_000_000)}"


@contextmanager
def _trouble(scenario: Scenario) -> Iterator[None]:
    """What is wrong at the simulated Cal.com as long as the call lasts."""
    if (fault := FAULTS.get(scenario)) is None:
        yield
        return
    faults = f"{_root(_local(settings().calcom_base_url, 'CALCOM_BASE_URL'))}/_control/faults"
    made = ask_json("POST", faults, fault)
    try:
        yield
    finally:
        ask_json("DELETE", f"{faults}/{made['id']}")


def _left_behind(call_id: str, company: str) -> dict[str, Any]:
    """The appointments and callbacks of the call, as soon as it is analyzed here and they are told of."""
    deadline = time.monotonic() + _SYNCED_WITHIN
    while True:
        calls, *found = (_of_call(kind, call_id, company) for kind in ("calls", "appointments", "callbacks"))
        is_over = any(row.get("status") == "analyzed" for row in calls)
        if (is_over and any(found)) or time.monotonic() > deadline:
            return {"appointments": found[0], "callbacks": found[1]}
        time.sleep(_LOOK_EVERY)  # noqa: TID251  # a person waits for the webhooks to come through


def _of_call(kind: str, call_id: str, company: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = console().get(kind, company=company, call=call_id)["items"]
    return rows


def _simulator() -> str:
    """Where the simulated Retell is; callers and their words are never sent to the real one."""
    return _local(settings().retell_base_url, "RETELL_BASE_URL")


def _local(address: str, variable: str) -> str:
    if not _is_loopback(urlsplit(address).hostname or ""):
        raise ConsoleError(
            f"{address} is no simulator of this machine. Start a stack with make up, or let {variable} name "
            "a simulated provider."
        )
    return address


def _root(address: str) -> str:
    """Without the path of the API's version."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _number_of(branch_id: str | None, company: str | None) -> tuple[str, str | None, str | None]:
    """Number, first service and company of a branch."""
    known = settings()
    wanted = branch_id or known.demo_branch_id
    if wanted is None:
        raise typer.BadParameter("say whom to ring", param_hint="--branch")
    branch = console().get(
        "branches", wanted, company=company or (None if branch_id else known.demo_company_id)
    )
    document = branch["branch"] or {}
    number = document.get("phone_number")
    if number is None:
        raise ConsoleError(f"{wanted} has no phone number; give it one with askpro branches update.")
    services = document.get("services") or []
    return number, services[0]["name"] if services else None, document.get("company_id")
