"""``--since`` and ``--until``: a time, or how long ago; where it is to come, how long from now."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

Since = Annotated[str | None, typer.Option(help="A time, or 30s, 10m, 2h, 7d.")]
Until = Annotated[str | None, typer.Option(help="Up to a time, or 30s, 10m, 2h, 7d ago.")]
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def instant(text: str | None, hint: str = "--since", *, ahead: bool = False) -> str | None:
    """ISO 8601 of ``10m`` (ago, or ``ahead``) or of a time; without a zone it is local.

    Raises:
        typer.BadParameter: it is neither.
    """
    if text is None:
        return None
    try:
        return _read(text, -1 if ahead else 1).isoformat()
    except (ValueError, OverflowError, OSError) as error:
        wrong = f"{text[:40]!r} is neither a time nor like 10m"
        raise typer.BadParameter(wrong, param_hint=hint) from error


def _read(text: str, sign: int) -> datetime:
    number, unit = text[:-1], text[-1:]
    if unit in _UNITS and number.isdecimal():
        return datetime.now(UTC) - sign * timedelta(seconds=int(number) * _UNITS[unit])
    return datetime.fromisoformat(text).astimezone()
