"""Days that have a name of their own, and what follows from today."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

_YEARS_TRIED: Final = 2
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN: Final = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.?\s*(\d{4})?")
_WEEKS_OF_EVERY_YEAR: Final = 52
_FIXED: Final = {
    "neujahr": (1, 1),
    "dreikönig": (1, 6),
    "valentinstag": (2, 14),
    "tag der arbeit": (5, 1),
    "mariä himmelfahrt": (8, 15),
    "tag der deutschen einheit": (10, 3),
    "reformationstag": (10, 31),
    "allerheiligen": (11, 1),
    "nikolaus": (12, 6),
    "heiligabend": (12, 24),
    "heilig abend": (12, 24),
    "1. weihnacht": (12, 25),
    "2. weihnacht": (12, 26),
    "silvester": (12, 31),
    "christmas eve": (12, 24),
    "new year's eve": (12, 31),
}
#: Days after Easter Sunday.
_MOVING: Final = {
    "rosenmontag": -48,
    "faschingsdienstag": -47,
    "aschermittwoch": -46,
    "gründonnerstag": -3,
    "karfreitag": -2,
    "good friday": -2,
    "ostersamstag": -1,
    "ostersonntag": 0,
    "ostermontag": 1,
    "easter monday": 1,
    "christi himmelfahrt": 39,
    "pfingstsonntag": 49,
    "pfingstmontag": 50,
    "fronleichnam": 60,
}
FEASTS: Final = (*_FIXED, *_MOVING)


def feast(name: str, today: date) -> date:
    """The next such day, today included."""
    years = (today.year, today.year + 1)
    return next(day for day in (_feast_in(name, year) for year in years) if day >= today)


def coming_day(day: int, month: int, today: date) -> date | None:
    """The next such day, today included; None for a day that neither this year has nor the next."""
    tried = (valid(today.year + years, month, day) for years in range(_YEARS_TRIED))
    return next((found for found in tried if found is not None and found >= today), None)


def written_date(text: str, today: date) -> date | None:
    """ISO 8601, or as Germans write it; without a year the coming one. None for anything else."""
    if (match := _ISO.search(text)) is not None:
        return valid(int(match[1]), int(match[2]), int(match[3]))
    if (match := _GERMAN.search(text)) is None:
        return None
    if match[3]:
        return valid(int(match[3]), int(match[2]), int(match[1]))
    return coming_day(int(match[1]), int(match[2]), today)


def valid(year: int, month: int, day: int) -> date | None:
    """None for a day that does not exist."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_days(number: int, today: date) -> Iterator[date]:
    """The days with this number, from today on, of a year: the 31st is not in every month."""
    for ahead in range(13):
        years, month = divmod(today.month - 1 + ahead, 12)
        found = valid(today.year + years, month + 1, number)
        if found is not None and found >= today:
            yield found


def week(today: date, ahead: int) -> tuple[date, ...]:
    """Monday to Sunday of the calendar week ``ahead`` weeks from this one."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
    return days_from(monday, 7)


def month(today: date, ahead: int) -> tuple[date, ...]:
    """All days of the month ``ahead`` months from this one."""
    years, index = divmod(today.month - 1 + ahead, 12)
    first = date(today.year + years, index + 1, 1)
    return tuple(day for day in days_from(first, 31) if day.month == first.month)


def year(number: int) -> tuple[date, ...]:
    """All its days."""
    return days_from(date(number, 1, 1), (date(number + 1, 1, 1) - date(number, 1, 1)).days)


def numbered_week(number: int, today: date) -> tuple[date, ...]:
    """The coming calendar week of this number; nothing for a number that not every year has."""
    this_year, this_week, _ = today.isocalendar()
    if not 1 <= number <= _WEEKS_OF_EVERY_YEAR:
        return ()
    return days_from(date.fromisocalendar(this_year + (number < this_week), number, 1), 7)


def days_from(first: date, number: int) -> tuple[date, ...]:
    """``number`` days, ``first`` included."""
    return tuple(first + timedelta(days=days) for days in range(number))


def _feast_in(name: str, year: int) -> date:
    if name in _FIXED:
        return date(year, *_FIXED[name])
    return _easter(year) + timedelta(days=_MOVING[name])


def _easter(year: int) -> date:
    """Easter Sunday, by the rule that Butcher published in 1876; good for every Gregorian year."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    index, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, index, day + 1)
