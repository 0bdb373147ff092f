"""``--since`` and ``--until``: a time, or how long ago."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

Since = Annotated[str | None, typer.Option(help="A time, or 30s, 10m, 2h, 7d.")]
Until = Annotated[str | None, typer.Option(help="Up to then; a time, or how long ago as --since.")]
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def instant(text: str | None, option: str = "--since") -> str | None:
    """ISO 8601 of ``10m`` (ago) or of a time; without a zone it is local.

    Raises:
        typer.BadParameter: it is neither.
    """
    if text is None:
        return None
    try:
        return _read(text).isoformat()
    except (ValueError, OverflowError, OSError) as error:
        wrong = f"{text[:40]!r} is neither a time nor like 10m"
        raise typer.BadParameter(wrong, param_hint=option) from error


def _read(text: str) -> datetime:
    number, unit = text[:-1], text[-1:]
    if unit in _UNITS and number.isdecimal():
        return datetime.now(UTC) - timedelta(seconds=int(number) * _UNITS[unit])
    return datetime.fromisoformat(text).astimezone()
