"""``--since``: a time, or how long ago."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

Since = Annotated[str | None, typer.Option(help="A time, or 30s, 10m, 2h, 7d.")]
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def instant(text: str | None) -> str | None:
    """ISO 8601 of ``10m`` (ago) or of a time; without a zone it is local.

    Raises:
        typer.BadParameter: it is neither.
    """
    if text is None:
        return None
    if text[-1:] in _UNITS and text[:-1].isdigit():
        return (datetime.now(UTC) - timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])).isoformat()
    try:
        return datetime.fromisoformat(text).astimezone().isoformat()
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is neither a time nor like 10m", param_hint="--since") from error
