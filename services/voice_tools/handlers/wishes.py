"""What a caller wants, said twice (as a date and in words) → a day and a time, or a question back.

The model's date is checked against its weekday and against the caller's own words. Where they disagree nobody
guesses: the agent asks. ``time`` is wall time at the branch.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from services.voice_tools.handlers.words import Meant, coming_day, days_meant, weekday_index
from shared.contracts.voice import PARTS_OF_DAY

#: Further ahead nobody's calendar is open; a model that invents a year lands here.
_FURTHEST: Final = timedelta(days=366)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.?\s*(\d{4})?")
_CLOCK = re.compile(r"(\d{1,2})(?:\s*(?:[:.h]|uhr)\s*(\d{1,2}))?(?:\s*uhr)?\s*(am|pm|a\.m\.|p\.m\.)?")
#: Wall time from and until, by position in PARTS_OF_DAY.
_PARTS: Final = (
    (time(5), time(12)),
    (time(11), time(14)),
    (time(12), time(18)),
    (time(17), time(23, 59)),
)
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Wanted:
    """``day`` None: as soon as possible. ``part``: wall time from and until."""

    day: date | None = None
    at: time | None = None
    part: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """Ask back. ``reason``: past, ambiguous, too_far, unreadable; ``days``: what may have been meant."""

    reason: str
    days: tuple[date, ...] = ()


def read_wish(
    *,
    today: date,
    day: str | None,
    weekday: str | None,
    words: str | None,
    part: str | None = None,
    clock: str | None = None,
) -> Wanted | Unclear:
    """The day and time meant, when all that was said agrees."""
    found = read_day(today, day, weekday, words)
    if isinstance(found, Unclear):
        return found
    return Wanted(found, read_clock(clock), _part(part))


def read_day(today: date, day: str | None, weekday: str | None, words: str | None) -> date | Unclear | None:
    """The day meant; None where none was named."""
    wanted = weekday_index(weekday)
    meant = days_meant(words or "", today)
    if day is None:
        return _without_date(today, wanted, meant)
    given = _date(day, today)
    if given is None:
        return Unclear("unreadable", meant.days[:2])
    if given < today:
        return Unclear("past", _instead(today, given, wanted, meant))
    if given - today > _FURTHEST:
        return Unclear("too_far")
    candidates = _candidates(today, given, wanted, meant)
    return given if candidates == (given,) else Unclear("ambiguous", candidates)


def read_clock(text: str | None) -> time | None:
    """``14:30``, ``14 Uhr 30``, ``2:30 pm``; None for what is no time."""
    match = _CLOCK.fullmatch((text or "").strip().lower())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        hour = hour % 12 + (12 if match[3].startswith("p") else 0)
    return time(hour % _HOURS, minute) if hour <= _HOURS and minute < 60 else None  # noqa: PLR2004


def in_the_afternoon(wanted: time) -> time:
    """``um drei`` at a shop that opens at nine is 15:00."""
    return wanted.replace(hour=wanted.hour + 12) if 1 <= wanted.hour <= 7 else wanted  # noqa: PLR2004


def at_day(day: date, clock: time, like: datetime) -> datetime:
    """Wall time ``clock`` on ``day`` in the zone of ``like``."""
    return datetime.combine(day, clock, like.tzinfo)


def _without_date(today: date, weekday: int | None, meant: Meant) -> date | Unclear | None:
    days = meant.days
    if len(days) > 1:
        return Unclear("ambiguous", days[:2])
    if not days:
        return None if weekday is None else _next(today, weekday)
    if weekday is not None and days[0].weekday() != weekday:
        return Unclear("ambiguous", (days[0], _next(today, weekday)))
    return days[0]


def _candidates(today: date, given: date, weekday: int | None, meant: Meant) -> tuple[date, ...]:
    """Every day that date, weekday or words speak for; only ``given`` where all agree; at most three."""
    speaks = [given]
    if weekday is not None and given.weekday() != weekday:
        speaks.append(_closest(today, given, weekday))
    if not meant.allows(given):
        speaks.extend(meant.days[:2])
    return tuple(dict.fromkeys(speaks))[:3]


def _instead(today: date, given: date, weekday: int | None, meant: Meant) -> tuple[date, ...]:
    """What may have been meant by a day that is over: models invent years."""
    if meant.days:
        return meant.days[:2]
    coming = coming_day(given.day, given.month, today)
    if coming is not None and weekday in {None, coming.weekday()}:
        return (coming,)
    return () if weekday is None else (_next(today, weekday),)


def _next(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _closest(today: date, given: date, weekday: int) -> date:
    """The ``weekday`` nearest to ``given`` that is not over."""
    base = max(given, today)
    after = base + timedelta(days=(weekday - base.weekday()) % 7)
    before = after - timedelta(days=7)
    return before if before >= today and given - before < after - given else after


def _date(text: str, today: date) -> date | None:
    if (match := _ISO.search(text)) is not None:
        return _valid(int(match[1]), int(match[2]), int(match[3]))
    if (match := _GERMAN.search(text)) is None:
        return None
    found = _valid(int(match[3] or today.year), int(match[2]), int(match[1]))
    if found is not None and not match[3] and found < today:
        return _valid(today.year + 1, found.month, found.day)
    return found


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _part(name: str | None) -> tuple[time, time] | None:
    wanted = (name or "").strip().lower()
    for names in PARTS_OF_DAY.values():
        if wanted in names:
            return _PARTS[names.index(wanted)]
    return None
