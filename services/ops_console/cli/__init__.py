"""``askpro``: what people type. Exit code 0 done, 1 refused, 2 wrong call; never a stack trace."""

import sys

import typer

from services.ops_console.cli import (
    audit,
    branches,
    bulk,
    catalogue,
    circuits,
    companies,
    dead_letters,
    doctor,
    edits,
    events,
    history,
    ledger,
    operations,
    operators,
    orphans,
    queues,
    records,
    rejected,
    simulate,
    trunks,
    webhooks,
    work,
)
from services.ops_console.cli.output import complain
from shared.errors import AskProError, InfrastructureError

app = typer.Typer(
    name="askpro",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The AI phone receptionist's backbone: set up, look, and put right.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, group in {
    "companies": companies.app,
    "branches": branches.app,
    "trunks": trunks.app,
    "catalogue": catalogue.app,
    "orphans": orphans.app,
    "webhooks": webhooks.app,
    "events": events.app,
    "rejected": rejected.app,
    "ledger": ledger.app,
    "dead-letters": dead_letters.app,
    "operations": bulk.app,
    "circuits": circuits.app,
    "queues": queues.app,
    "work": work.app,
    "operators": operators.app,
    "simulate": simulate.app,
}.items():
    app.add_typer(group, name=name)
for command in (
    operations.health,
    history.objectives,
    history.history,
    doctor.doctor,
    records.appointments,
    records.calls,
    records.callbacks,
    audit.audit,
):
    app.command()(command)
edits.add_to(dead_letters.app)


def main() -> None:
    """Entry point."""
    try:
        app()
    except InfrastructureError as error:
        complain(f"{error}. Is the stack up? Start it with make up, or ask askpro doctor.")
    except AskProError as error:
        complain(str(error))
    sys.exit(1)
