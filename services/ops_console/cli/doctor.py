"""``askpro doctor``: asks the servers themselves, and says what to do."""

import asyncio
from dataclasses import asdict
from typing import Final

import typer

from services.ops_console.cli.environment import settings
from services.ops_console.cli.output import Json, print_json, say, screen, table_of

_COLUMNS: Final = ("name", "ok", "found", "advice")


def doctor(*, as_json: Json = False) -> None:
    """Look at database, broker, cache, mail and providers from here; exit code 1 when something is wrong."""
    # Drivers of every server: two seconds of imports that no other command should wait for.
    from services.ops_console.cli.examination import examine  # noqa: PLC0415

    findings = asyncio.run(examine(settings()))
    if as_json:
        print_json({"items": [{"id": one.name, **asdict(one)} for one in findings]})
    else:
        screen().print(table_of((asdict(one) for one in findings), _COLUMNS))
    if any(one.ok is False for one in findings):
        raise typer.Exit(1)
    if not as_json:
        say("[green]Nothing is wrong.[/green]")
