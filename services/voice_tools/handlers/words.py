"""The days a caller's own words speak of: a small table, used to check what the model made of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from babel.dates import get_month_names

_WEEKDAYS: Final = (
    r"montag|monday",
    r"dienstag|tuesday",
    r"mittwoch|wednesday",
    r"donnerstag|thursday",
    r"freitag|friday",
    r"samstag|sonnabend|saturday",
    r"sonntag|sunday",
)
_ANY_WEEKDAY: Final = "|".join(_WEEKDAYS)
_RELATIVE: Final = (
    (re.compile(r"\b(heute|today|tonight)\b"), 0),
    # "am Morgen", "heute Morgen", "Dienstag Morgen", "guten Morgen" are the time of day.
    (re.compile(r"(?<!am )(?<!guten )(?<!heute )(?<!jeden )(?<!tag )(?<!woch )(?<!abend )\bmorgen\b"), 1),
    (re.compile(r"(?<!day after )\btomorrow\b"), 1),
    (re.compile(r"\b(übermorgen|uebermorgen|day after tomorrow)\b"), 2),
)
_SPOKEN = tuple(re.compile(rf"\b({names})s?\b") for names in _WEEKDAYS)
_NEXT = re.compile(rf"\b(nächste[nrs]?|naechste[nrs]?|kommende[nrs]?|next)\s+({_ANY_WEEKDAY})\b")
_IN_A_WEEK = re.compile(r"\b(nächste|naechste|kommende|next)\s+(woche|week)\b|\bin (einer|a) (woche|week)\b")
_NUMERIC = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\b(?!\s*(uhr|h\b))")
_MONTHS: Final = {
    name.lower(): number
    for locale in ("de_DE", "de_AT", "en_US")
    for number, name in get_month_names("wide", locale=locale).items()
}
_NAMED_MONTH = re.compile(rf"\b(\d{{1,2}})(?:\.|st|nd|rd|th)?\s+(?:of\s+)?({'|'.join(_MONTHS)})\b")
_MONTH_FIRST = re.compile(rf"\b({'|'.join(_MONTHS)})\s+(\d{{1,2}})\b")


def weekday_index(name: str | None) -> int | None:
    """0 Monday, German or English; None for anything else."""
    said = (name or "").strip().lower()
    return next((index for index, pattern in enumerate(_SPOKEN) if pattern.fullmatch(said)), None)


@dataclass(frozen=True, slots=True)
class Meant:
    """``days``: soonest first, several where the words are not clear. ``weekly``: of any week."""

    days: tuple[date, ...] = ()
    weekly: bool = False

    def allows(self, day: date) -> bool:
        """The words do not speak against ``day``."""
        if not self.days or day in self.days:
            return True
        return self.weekly and day.weekday() in {each.weekday() for each in self.days}


def days_meant(words: str, today: date) -> Meant:
    """The days that a caller's words speak of: dates before "today" and "tomorrow" before weekdays."""
    said = " ".join(words.lower().split())
    if named := set(_dates(said, today)):
        return Meant(tuple(sorted(named)))
    if relative := {today + timedelta(days=days) for pattern, days in _RELATIVE if pattern.search(said)}:
        return Meant(tuple(sorted(relative)))
    week = _IN_A_WEEK.search(said)
    return Meant(tuple(sorted(set(_weekdays(said, today)))), weekly=week is None)


def _weekdays(said: str, today: date) -> Iterator[date]:
    for index, pattern in enumerate(_SPOKEN):
        if pattern.search(said) is None:
            continue
        soon = today + timedelta(days=(index - today.weekday()) % 7)
        if _IN_A_WEEK.search(said):
            # The Tuesday of next week, whatever today is.
            yield today - timedelta(days=today.weekday()) + timedelta(days=7 + index)
        elif _NEXT.search(said):
            # Half the country means the coming one, half the one after: both are candidates.
            yield from (soon, soon + timedelta(days=7))
        else:
            yield soon


def _dates(said: str, today: date) -> Iterator[date]:
    pairs = [(int(d), int(m)) for d, m, _ in _NUMERIC.findall(said)]
    pairs += [(int(d), _MONTHS[m]) for d, m in _NAMED_MONTH.findall(said)]
    pairs += [(int(d), _MONTHS[m]) for m, d in _MONTH_FIRST.findall(said)]
    for day, month in pairs:
        found = coming_day(day, month, today)
        if found is not None:
            yield found


def coming_day(day: int, month: int, today: date) -> date | None:
    """The next such day, today included; None for a day that does not exist."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None
