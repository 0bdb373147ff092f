"""Durations, rates and shares as a page says them."""

from math import floor
from typing import Final

from services.ops_console.routes.web.words import Words

_STEPS: Final = ((86_400, "age.days"), (3_600, "age.hours"), (60, "age.minutes"))


def age(words: Words, seconds: float | None) -> str | None:
    """``3 min``; None for None."""
    if seconds is None:
        return None
    for size, key in _STEPS:
        if seconds >= size:
            return words(key, f"{seconds / size:.0f}")
    return words("age.seconds", f"{seconds:.0f}")


def rate(number: float | None) -> str | None:
    """Messages a second; None for None."""
    return None if number is None else f"{number:.1f}"


def percent(share: float | None, digits: int = 2) -> str:
    """``99.95 %``, never rounded up to a promise that was not kept; ``-`` for None."""
    if share is None:
        return "-"
    scale = 10**digits
    # What a float adds to or takes from 99.95 is far below the sixth place.
    return f"{floor(round(share * 100 * scale, 6)) / scale:.{digits}f} %"
