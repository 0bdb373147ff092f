"""``askpro operators add``: speaks to the database itself, for the first operator has nobody to ask."""

import asyncio
import sys
from typing import Annotated, Literal

import typer

from services.ops_console.cli.environment import revealed, settings
from services.ops_console.cli.output import Json, print_json, say

Role = Literal["viewer", "operator", "admin"]

app = typer.Typer(no_args_is_help=True, help="People who work at the console.")


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
    holds = asyncio.run(register(url, who, secret, role))
    if as_json:
        print_json({"id": who, "role": holds})
    else:
        say(f"{who} may log in as {holds}.")
