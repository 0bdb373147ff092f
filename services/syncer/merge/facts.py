"""Facts: named values, each as new as the event that said it; an older one fills what nobody spoke of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

#: Said by nobody in particular: every event outranks it.
UNSTAMPED: Final = -1
#: Said in passing, about another time: fills what is empty, replaces nothing.
IN_PASSING: Final = 0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """``at`` orders the sources of one fact; it is never compared between two things.

    ``value`` None: somebody who knows said that there is none.
    """

    value: Any
    at: int


Facts = Mapping[str, Fact]


def stamp_of(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def with_values(facts: Facts, values: Mapping[str, Any], at: int, clears: Collection[str] = ()) -> Facts:
    """``facts`` after an event of ``at``: it wins where it is newer or nothing is known.

    None is silence, except for the names in ``clears``, of which it says that there is none.
    """
    said = {
        name: Fact(value, at)
        for name, value in values.items()
        if (value is not None or name in clears) and (name not in facts or facts[name].at < at)
    }
    return {**facts, **said}


def value_of(facts: Facts, name: str) -> Any:
    """The value, None where nothing is known."""
    return facts[name].value if name in facts else None
