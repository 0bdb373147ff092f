"""``askpro simulate call``: somebody rings a branch at the simulated Retell, and the dialogue is printed."""

from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from services.ops_console.cli.environment import console, settings
from services.ops_console.cli.files import read_json
from services.ops_console.cli.output import Json, cell, print_json, say
from shared.clients.console import ConsoleError, ask_json

app = typer.Typer(no_args_is_help=True, help="Play with the simulators.")
_SPEAKERS: Final = {"agent": "[cyan]agent [/cyan]", "user": "[green]caller[/green]"}


@app.callback()
def simulate() -> None:
    """Play with the simulators."""


@app.command("call")
def call(
    branch: Annotated[str | None, typer.Option(help="Whom to ring; the demo's branch if not said.")] = None,
    company: Annotated[str | None, typer.Option(help="The branch's company.")] = None,
    to: Annotated[str | None, typer.Option(help="The number to ring, instead of a branch.")] = None,
    from_: Annotated[str, typer.Option("--from", help="The caller's number.")] = "+4915112345678",
    name: Annotated[str, typer.Option(help="The caller's name.")] = "Erika Mustermann",
    script: Annotated[str | None, typer.Option(help="A JSON file with the steps of the call.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Ring a branch: a caller asks for the first service and books the first time that is offered."""
    simulator = _simulator()
    number, service = (to, None) if to else _number_of(branch, company)
    steps = read_json(script) if script else _steps(service, name)
    wish = {"from_number": from_, "to_number": number, "script": steps}
    told = ask_json("POST", f"{simulator}/_control/calls", wish)
    if as_json:
        print_json(told)
    else:
        _tell(told)


def _simulator() -> str:
    """Where the simulated Retell is; callers and their words are never sent to the real one."""
    address = settings().retell_base_url
    if not _is_loopback(urlsplit(address).hostname or ""):
        raise ConsoleError(
            f"{address} is no simulator of this machine. Start a stack with make up, or let RETELL_BASE_URL "
            "name its simulated Retell."
        )
    return address


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _number_of(branch_id: str | None, company: str | None) -> tuple[str, str | None]:
    """Number and first service of a branch."""
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
    return number, services[0]["name"] if services else None


def _steps(service: str | None, name: str) -> list[dict[str, Any]]:
    wish = {"service": service or "Termin", "caller_words": "so bald wie möglich"}
    booking = {"slot_code": "A", "customer_name": name, "caller_confirmed": True}
    return [
        {"say": f"Guten Tag, ich hätte gern einen Termin: {wish['service']}, so bald wie möglich."},
        {"function": "check_availability", "args": wish},
        {"agent": "{{results.0.say}}"},
        {"say": f"Die erste Zeit passt. Mein Name ist {name}."},
        {"function": "book_appointment", "args": booking},
        {"agent": "{{results.1.say}}"},
        {"say": "Vielen Dank, auf Wiederhören."},
        {"hangup": "user"},
    ]


def _tell(told: dict[str, Any]) -> None:
    functions = iter(told["functions"])
    for entry in told["dialogue"]:
        match entry["role"]:
            case "agent" | "user" as who:
                at = (entry.get("words") or [{}])[0].get("start", 0.0)
                say(f"{at:6.1f} s  {_SPEAKERS[who]}  {cell(entry['content'])}")
            case "tool_call_invocation":
                _tell_function(next(functions, {}), entry)
            case _:
                continue
    ended = told["call"]
    say(f"[dim]{cell(told['call_id'])} ended: {cell(ended.get('disconnection_reason'))}[/dim]")


def _tell_function(record: dict[str, Any], entry: dict[str, Any]) -> None:
    took = f"{float(record.get('seconds') or 0.0) * 1000:.0f} ms"
    answer = record.get("error") or record.get("status") or ""
    asked = f"[yellow]{cell(entry['name'])}[/yellow] {cell(entry['arguments'])}"
    say(f"          {asked} → {cell(answer)} in {took}")
