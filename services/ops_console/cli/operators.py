"""``askpro operators``: ``add`` speaks to the database itself, for the first operator has nobody to ask."""

import asyncio
import getpass
import sys
from typing import Annotated, Final, Literal

import typer

from services.ops_console.cli.asking import Yes, confirm
from services.ops_console.cli.environment import console, revealed, settings
from services.ops_console.cli.output import Json, cell, print_json, print_list, say

Role = Literal["viewer", "operator", "admin"]

_COLUMNS: Final = ("id", "role", "may_reveal", "sessions", "last_seen_at", "created_at", "removed_at")
_SESSIONS: Final = ("id", "created_at", "last_seen_at", "expires_at")

app = typer.Typer(no_args_is_help=True, help="People who work at the console.")
Name = Annotated[str, typer.Argument(help="The name to log in with.")]


@app.callback()
def operators() -> None:
    """People who work at the console."""


@app.command("add")
def add(
    name: Annotated[str | None, typer.Argument(help="The name to log in with.")] = None,
    name_option: Annotated[str | None, typer.Option("--name", help="The same.")] = None,
    password: Annotated[
        str | None, typer.Option(help="Seen by others on this machine; rather use stdin.")
    ] = None,
    role: Annotated[Role | None, typer.Option(help="operator, if not said.")] = None,
    *,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read it from stdin.")] = False,
    as_json: Json = False,
) -> None:
    """Add an operator, or change password and role of one."""
    who = (name or name_option or "").strip()
    if not who or ":" in who:
        raise typer.BadParameter("say a name, without a colon", param_hint="NAME")
    secret = sys.stdin.read().rstrip("\r\n") if password_stdin else password
    if secret is None:
        secret = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    if len(secret) < 8:  # noqa: PLR2004
        raise typer.BadParameter("a password has at least 8 characters", param_hint="--password")
    # The database's driver: a second of imports that no other command should wait for.
    from services.ops_console.cli.registration import register  # noqa: PLC0415

    url = revealed(settings().database_url, "DATABASE_URL")
    holds = asyncio.run(register(url, who, secret, role, by=f"shell of {getpass.getuser()}"))
    if as_json:
        print_json({"id": who, "role": holds})
    else:
        say(f"{who} may log in as {holds}.")


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """Who there is, who is in, and who was removed. It takes the role admin, as do the others but add."""
    print_list(console().get("operators"), _COLUMNS, as_json=as_json)


@app.command("role")
def role_(
    name: Name,
    role: Annotated[Role | None, typer.Argument(help="viewer, operator or admin.")] = None,
    *,
    reveal: Annotated[
        bool | None, typer.Option("--reveal/--no-reveal", help="May reveal what is redacted.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Change what somebody may; felt with their next request."""
    if role is None and reveal is None:
        raise typer.BadParameter("say a role, --reveal or --no-reveal", param_hint="ROLE")
    answer = console().patch("operators", name, body={"role": role, "may_reveal": reveal})
    if as_json:
        print_json(answer)
    else:
        reveals = ", and may reveal what is redacted" if answer["may_reveal"] else ""
        say(f"{cell(name)} is {answer['role']}{reveals}.")


@app.command("remove")
def remove(name: Name, *, yes: Yes = False, as_json: Json = False) -> None:
    """Nobody comes in under this name any more, and who is in is out; add lets the name in again."""
    confirm(f"Remove {name}?", yes=yes)
    answer = console().delete("operators", name)
    if as_json:
        print_json(answer)
    else:
        say(f"{cell(name)} is removed.")


@app.command("sessions")
def sessions(
    name: Name,
    *,
    end: Annotated[bool, typer.Option("--end", help="End them all: the person has to log in again.")] = False,
    as_json: Json = False,
) -> None:
    """Where somebody is logged in."""
    if not end:
        print_list(console().get("operators", name, "sessions"), _SESSIONS, as_json=as_json)
        return
    answer = console().delete("operators", name, "sessions")
    if as_json:
        print_json(answer)
    else:
        say(f"{answer['ended']} sessions of {cell(name)} are ended.")
