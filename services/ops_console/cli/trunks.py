"""``askpro trunks``."""

from typing import Annotated

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_list, say

app = typer.Typer(no_args_is_help=True, help="SIP trunks: how Retell logs in at a company's own.")
_COLUMNS = ("id", "username", "has_password", "transport")

Company = Annotated[str, typer.Option("--company", help="The company's id.")]
Address = Annotated[str, typer.Argument(help="The trunk's termination_uri, as branches name it.")]


@app.command("put")
def put(
    termination_uri: Address,
    company: Company,
    username: Annotated[str | None, typer.Option(help="Left out where the trunk asks for none.")] = None,
    password: Annotated[str | None, typer.Option(help="Sealed, and never shown again.")] = None,
    transport: Annotated[str | None, typer.Option(help="TLS, TCP (as Retell has it) or UDP.")] = None,
) -> None:
    """Enter or replace a trunk's login; the numbers of the company's branches learn it by themselves."""
    said = {"username": username, "password": password, "transport": transport}
    body = {name: value for name, value in said.items() if value is not None}
    console().put("companies", company, "trunks", termination_uri, body=body)
    say(f"{termination_uri} of {company} is entered.")


@app.command("list")
def list_(company: Company, *, as_json: Json = False) -> None:
    """A company's trunks, and which have a password."""
    print_list(console().get("companies", company, "trunks"), _COLUMNS, as_json=as_json)


@app.command("remove")
def remove(termination_uri: Address, company: Company) -> None:
    """Forget a trunk's login; what Retell knows of it stays there."""
    console().delete("companies", company, "trunks", termination_uri)
    say(f"{termination_uri} of {company} is removed.")
