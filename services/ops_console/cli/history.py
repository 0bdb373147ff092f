"""``askpro objectives`` and ``askpro history``: how ingest keeps its promise, and figures as they were."""

from typing import Annotated, Final

import typer

from services.ops_console.cli.environment import console
from services.ops_console.cli.output import Json, print_list

_SCORES: Final = (
    "id",
    "total",
    "failed",
    "slow",
    "available",
    "available_left",
    "prompt",
    "prompt_left",
)
Series = Annotated[
    str,
    typer.Argument(help="queue.held, queue.arriving, queue.settled, error_rate, dead, circuits.open, light"),
]
Label = Annotated[str, typer.Option(help="Of a queue or a dependency alone; without it of all together.")]
Span = Annotated[str, typer.Option(help="hour, or day.")]


def objectives(*, as_json: Json = False) -> None:
    """What ingest answered in time over an hour, a day and 30 days, and how much may still fail."""
    print_list(console().get("objectives"), _SCORES, as_json=as_json)


def history(series: Series, label: Label = "", span: Span = "hour", *, as_json: Json = False) -> None:
    """A figure of the overview over the last hour or day."""
    answer = console().get("samples", series=series, label=label, span=span)
    print_list(answer, ("at", "value"), as_json=as_json)
