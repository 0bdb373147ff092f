"""What one expression of a day names, before the others of its sentence are known."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

Which: TypeAlias = Literal["", "this", "coming", "next", "after_next", "any"]


@dataclass(frozen=True, slots=True)
class Named:
    """One day; None: a day is spoken of, and no rule tells which."""

    day: date | None = None


@dataclass(frozen=True, slots=True)
class MonthDay:
    """``am fünfzehnten``: of this month, or the next that has one."""

    number: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """``index`` 0 is Monday; ``which``: the word before it."""

    index: int
    which: Which = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Any of these days."""

    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """``in acht Tagen``: from today; with a weekday from that."""

    days: int


Atom: TypeAlias = Named | MonthDay | Weekday | Span | Later
#: None: the words name no day after all.
Build: TypeAlias = Callable[[re.Match[str], date], Atom | None]
Rules: TypeAlias = tuple[tuple[re.Pattern[str], Build], ...]
UNREADABLE: Final = Named()


def rules(*table: tuple[str, Build]) -> Rules:
    """Compiled, in the order they are tried."""
    return tuple((re.compile(pattern), build) for pattern, build in table)


def unreadable(*_: object) -> Atom:
    """Words about a day that has to be asked for."""
    return UNREADABLE


def nothing(*_: object) -> None:
    """Words that only look like a day."""
