"""Opening hours of a week as lines that a model reads out well."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from shared.contracts.branch import WEEKDAYS, Branch, Interval, Weekday
from shared.contracts.voice import WEEKDAY_NAMES, Language

_CLOSED: Final[dict[Language, str]] = {"de": "geschlossen", "en": "closed"}
_AND: Final[dict[Language, str]] = {"de": " und ", "en": " and "}


def week(branch: Branch, language: Language) -> list[str]:
    """Seven lines from Monday to Sunday: the day, its spans, or that it is closed."""
    return list(_days(branch.opening_hours, language))


def transfer_week(branch: Branch, language: Language) -> list[str]:
    """The same for the hours in which somebody answers a call that is handed over."""
    return list(_days(branch.transfer_hours, language))


def _days(week: Mapping[Weekday, Sequence[Interval]], language: Language) -> Iterator[str]:
    for key, name in zip(WEEKDAYS, WEEKDAY_NAMES[language], strict=True):
        yield f"{name}: {_day(week.get(key, ()), language)}"


def _day(intervals: Sequence[Interval], language: Language) -> str:
    ordered = sorted(intervals, key=lambda interval: interval.opens)
    spans = [f"{interval.opens:%H:%M}\N{EN DASH}{interval.closes:%H:%M}" for interval in ordered]
    return _AND[language].join(spans) or _CLOSED[language]
