"""What a caller wants, said twice (as a date and in words) → a day and a time, or a question back.

The model's date is checked against its weekday and against the caller's own words. Where they disagree nobody
guesses: the agent asks. ``time`` is wall time at the branch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

from services.voice_tools.handlers.grammar import Meant, coming_day, meaning, weekday_index, written_date
from services.voice_tools.handlers.wished_time import UnclearTime, wished_time

#: Further ahead nobody's calendar is open; a model that invents a year lands here.
_FURTHEST: Final = timedelta(days=366)
_MOST_ASKED: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """``day`` None: as soon as possible. ``part``: wall time from and until."""

    day: date | None = None
    at: time | None = None
    part: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """Ask back. ``reason``: past, ambiguous, too_far, unreadable, open, time.

    ``days``, ``clocks``: what may have been meant. ``open``: only a week or the like was named.
    """

    reason: str
    days: tuple[date, ...] = ()
    clocks: tuple[time, ...] = ()


def _nobody_knows(*_: object) -> bool | None:
    return None


def read_wish(
    *,
    today: date,
    day: str | None,
    weekday: str | None,
    words: str | None,
    part: str | None = None,
    clock: str | None = None,
    asked: frozenset[str] = frozenset(),
    opens: Callable[[date | None, time], bool | None] = _nobody_knows,
) -> Wanted | Unclear:
    """The day and time meant, when all that was said agrees.

    ``asked``: days and times (ISO 8601) the caller was asked about and has answered since. ``opens``: whether
    the branch is open at a time of a day (None: of any day), None where nobody knows.
    """
    meant = meaning(words or "", today)
    found = _day(today, day, weekday_index(weekday), meant, asked, spoke=words is not None)
    if isinstance(found, Unclear):
        return found
    wished = wished_time(meant.clocks, clock, part, lambda at: opens(found, at), asked)
    if isinstance(wished, UnclearTime):
        return Unclear("time", clocks=wished.clocks)
    return Wanted(found, wished.at, wished.part)


def read_day(
    today: date, day: str | None, weekday: str | None, words: str | None, asked: frozenset[str] = frozenset()
) -> date | Unclear | None:
    """The day meant; None where none was named."""
    meant = meaning(words or "", today)
    return _day(today, day, weekday_index(weekday), meant, asked, spoke=words is not None)


def _day(
    today: date, day: str | None, wanted: int | None, meant: Meant, asked: frozenset[str], *, spoke: bool
) -> date | Unclear | None:
    if day is None:
        return _without_date(today, wanted, meant, spoke=spoke)
    given = written_date(day, today)
    if given is None:
        return Unclear("unreadable", _still_to_come(meant.said.days, today))
    return _with_date(today, given, wanted, meant, asked)


def _with_date(
    today: date, given: date, wanted: int | None, meant: Meant, asked: frozenset[str]
) -> date | Unclear:
    if given < today:
        return Unclear("past", _instead(today, given, wanted, meant))
    if given - today > _FURTHEST:
        return Unclear("too_far")
    if given.isoformat() in asked and _was_answered(given, wanted, meant):
        return given
    if _disagrees(today, given, wanted, meant):
        return Unclear("ambiguous", _candidates(today, given, wanted, meant))
    return given


def _without_date(today: date, weekday: int | None, meant: Meant, *, spoke: bool) -> date | Unclear | None:
    said = meant.said
    match said.kind:
        case "none":
            return _by_weekday(today, weekday, spoke=spoke)
        case "span":
            return Unclear("open")
        case "doubt":
            return Unclear("ambiguous", _still_to_come(said.days, today))
        case "day":
            return _by_words(today, weekday, said.days)


def _by_words(today: date, weekday: int | None, days: tuple[date, ...]) -> date | Unclear:
    if days[0] < today:
        return Unclear("past", _still_to_come(days, today))
    if days[-1] - today > _FURTHEST:
        return Unclear("too_far")
    if len(days) > 1:
        return Unclear("ambiguous", days[:_MOST_ASKED])
    if weekday not in {None, days[0].weekday()}:
        return Unclear("ambiguous", (days[0], _next(today, weekday or 0)))
    return days[0]


def _by_weekday(today: date, weekday: int | None, *, spoke: bool) -> date | Unclear | None:
    """A weekday that no word of the caller's bears out was made up, or belongs to what was said before."""
    if weekday is None:
        return None
    coming = _next(today, weekday)
    if coming == today:
        return Unclear("ambiguous", (today, today + timedelta(weeks=1)))
    return Unclear("ambiguous", (coming,)) if spoke else coming


def _was_answered(given: date, weekday: int | None, meant: Meant) -> bool:
    """The caller was asked for this day before: now words that fit its weekday bear it out."""
    said = meant.said
    against = given in meant.refused or (said.dated and said.kind == "day" and given not in said.days)
    return weekday in {None, given.weekday()} and not against


def _disagrees(today: date, given: date, weekday: int | None, meant: Meant) -> bool:
    in_doubt = meant.said.kind == "doubt" or (meant.soonest and given != today)
    return in_doubt or weekday not in {None, given.weekday()} or meant.speaks_against(given)


def _candidates(today: date, given: date, weekday: int | None, meant: Meant) -> tuple[date, ...]:
    """What may be meant where words, date and weekday do not agree; never a day that the caller refused."""
    spoken = _still_to_come(() if meant.said.kind == "span" else meant.said.days, today)
    # Where the words leave two days open, the model's third one is no help.
    speaks = [] if meant.said.kind == "doubt" and len(spoken) > 1 else [given]
    if weekday not in {None, given.weekday()}:
        speaks.append(_closest(today, given, weekday or 0))
    return tuple(dict.fromkeys(day for day in (*speaks, *spoken) if day not in meant.refused))[:_MOST_ASKED]


def _instead(today: date, given: date, weekday: int | None, meant: Meant) -> tuple[date, ...]:
    """What may have been meant by a day that is over: models invent years."""
    if meant.said.days:
        return _still_to_come(meant.said.days, today)
    coming = coming_day(given.day, given.month, today)
    if coming is not None and weekday in {None, coming.weekday()}:
        return (coming,)
    return () if weekday is None else (_next(today, weekday),)


def _still_to_come(days: tuple[date, ...], today: date) -> tuple[date, ...]:
    return tuple(day for day in days if day >= today)[:2]


def _next(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _closest(today: date, given: date, weekday: int) -> date:
    """The ``weekday`` nearest to ``given`` that is not over."""
    base = max(given, today)
    after = base + timedelta(days=(weekday - base.weekday()) % 7)
    before = after - timedelta(days=7)
    return before if before >= today and given - before < after - given else after
