"""Where Cal.com offers times at which a branch is closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.contracts.branch import Branch
from shared.contracts.hours import Day, day_of, within_hours

_GERMAN: Final = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_ENGLISH: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class FreeTime:
    """What Cal.com would let somebody book. Times aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class HoursWarning:
    """One for a branch's owner to read, in both languages."""

    branch_id: str
    de: str
    en: str


@dataclass(frozen=True, slots=True)
class _Why:
    """``day``: a holiday or a special day, which is told by its date; None: every week is like this."""

    weekday: int
    day: date | None
    de: str
    en: str


def closed_hours(branch: Branch, free: Iterable[FreeTime]) -> list[HoursWarning]:
    """Each weekday is told once for each reason, by the earliest time that is offered."""
    zone, offered = ZoneInfo(branch.timezone), sorted(free, key=lambda each: each.start)
    within = set(within_hours(branch, offered))
    told: dict[_Why, HoursWarning] = {}
    for each in offered:
        if each not in within:
            start = each.start.astimezone(zone)
            why = _why(branch, start.date(), each.start, zone)
            told.setdefault(why, _warning(branch, start, why))
    return list(told.values())


def _why(branch: Branch, day: date, start: datetime, zone: ZoneInfo) -> _Why:
    known = day_of(branch, day)
    unlike_the_week = day if known.special or known.name else None
    german, english = _reason(branch, known, start, zone)
    return _Why(day.weekday(), unlike_the_week, german, english)


def _reason(branch: Branch, day: Day, start: datetime, zone: ZoneInfo) -> tuple[str, str]:
    if not day.hours:
        names = day.name, day_of(branch, day.day, "en").name
        german, english = (f" ({name})" if name else "" for name in names)
        return f"Sie haben geschlossen{german}", f"you are closed{english}"
    first, *later = (opens for opens, _ in day.hours)
    if start < first:
        return f"Sie öffnen {_clock(first, zone)}", f"you open {_clock(first, zone)}"
    if (reopens := next((opens for opens in later if start < opens), None)) is not None:
        return f"Sie haben Pause bis {_clock(reopens, zone)}", f"you pause until {_clock(reopens, zone)}"
    closes = _clock(day.hours[-1][1], zone)
    return f"Sie schließen {closes}", f"you close {closes}"


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _warning(branch: Branch, start: datetime, why: _Why) -> HoursWarning:
    date_de, date_en = (f" {why.day:%d.%m.}", f" {why.day:%d %b}") if why.day else ("", "")
    clock = f"{start:%H:%M}"
    return HoursWarning(
        branch.branch_id,
        f"Cal.com bietet {_GERMAN[why.weekday]}{date_de} {clock}, {why.de}",
        f"Cal.com offers {_ENGLISH[why.weekday]}{date_en} {clock}, {why.en}",
    )
