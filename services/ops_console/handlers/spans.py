"""How far charts look back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Span:
    """How far a chart looks back, and what it makes one point of."""

    name: str
    length: timedelta
    step: timedelta


SPANS: Final = {
    span.name: span
    for span in (
        Span("hour", timedelta(hours=1), timedelta(seconds=30)),
        Span("day", timedelta(days=1), timedelta(minutes=10)),
    )
}
