"""Holidays and special days of a branch as one line each, the same for a quarter of a year.

With dates counted from today the prompt would be another one each day, and each would have to be published.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from shared.contracts.branch import WEEKDAYS, Branch, SpecialDay
from shared.contracts.hours import holiday_name, knows_hours
from shared.contracts.voice import Language

_QUARTER: Final = 3
#: Five quarters: on the last day of the first there are twelve months still.
_MONTHS: Final = 15
_CLOSED: Final[dict[Language, str]] = {"de": "geschlossen", "en": "closed"}


def season(today: date) -> date:
    """The first day of the quarter."""
    return today.replace(month=today.month - (today.month - 1) % _QUARTER, day=1)


def holidays(branch: Branch, today: date, language: Language) -> list[str]:
    """``2026: 3.10. Tag der Deutschen Einheit``: those on which the branch would be open otherwise."""
    special = {each.day for each in branch.special_days}
    days = (day for day in _days(today) if day not in special and _is_working_day(branch, day))
    named = ((day, name) for day in days if (name := holiday_name(branch, day, language)))
    return list(_by_year((day, f"{_day(day, language)} {name}") for day, name in named))


def special_days(branch: Branch, today: date, language: Language) -> list[str]:
    """``2026: 24.12. geschlossen (Heiligabend)``: what the branch has said about single days."""
    within = set(_days(today))
    ahead = sorted((each for each in branch.special_days if each.day in within), key=lambda each: each.day)
    return list(_by_year((each.day, _told(each, language)) for each in ahead))


def _days(today: date) -> Iterator[date]:
    day = season(today)
    months = day.year * 12 + day.month - 1 + _MONTHS
    end = date(months // 12, months % 12 + 1, 1)
    while day < end:
        yield day
        day += timedelta(days=1)


def _is_working_day(branch: Branch, day: date) -> bool:
    return not knows_hours(branch) or bool(branch.opening_hours.get(WEEKDAYS[day.weekday()]))


def _by_year(entries: Iterable[tuple[date, str]]) -> Iterator[str]:
    """The year stands once, before the first of its days."""
    for year, days in groupby(entries, key=lambda entry: entry[0].year):
        first, *others = (text for _, text in days)
        yield f"{year}: {first}"
        yield from others


def _told(special: SpecialDay, language: Language) -> str:
    spans = [f"{each.opens:%H:%M}\N{EN DASH}{each.closes:%H:%M}" for each in special.hours]
    note = f" ({special.note})" if special.note else ""
    return f"{_day(special.day, language)} {' + '.join(spans) or _CLOSED[language]}{note}"


def _day(day: date, language: Language) -> str:
    return f"{day.day}.{day.month}." if language == "de" else f"{day.day} {day:%b}"
