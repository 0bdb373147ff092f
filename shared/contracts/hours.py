"""When a branch is open: its week with breaks, its special days, the holidays of its state."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

import holidays

from shared.contracts.branch import WEEKDAYS, Branch, Interval
from shared.contracts.voice import Language

_HOLIDAY_LANGUAGES: Final[dict[Language, str]] = {"de": "de", "en": "en_US"}
#: Holidays of catholic communities, which is where most of Bavaria lives.
_CATHOLIC: Final = frozenset({("DE", "BY")})


class Span(Protocol):
    """A time that something takes, aware."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


SpanT = TypeVar("SpanT", bound=Span)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a branch. ``hours`` are instants, UTC; ``name``: holiday or note, empty on a usual day."""

    day: date
    hours: tuple[tuple[datetime, datetime], ...]
    name: str = ""
    special: bool = False


def day_of(branch: Branch, day: date, language: Language = "de") -> Day:
    """A special day stands for itself, a holiday is closed, else the week decides."""
    special = next((each for each in branch.special_days if each.day == day), None)
    holiday = holiday_name(branch, day, language)
    if special is not None:
        return Day(day, tuple(_instants(branch, day, special.hours)), special.note or holiday, special=True)
    if holiday:
        return Day(day, (), holiday)
    return Day(day, tuple(_instants(branch, day, branch.opening_hours.get(WEEKDAYS[day.weekday()], ()))))


def holiday_name(branch: Branch, day: date, language: Language = "de") -> str:
    """Empty where it is none in the branch's state, or where its country is not known."""
    address = branch.address
    return _holidays(address.country, address.subdivision, day.year, language).get(day, "")


def load() -> None:
    """Read all countries' holidays, once in a process: 0.3 s that nobody should wait for on the phone."""
    holidays.list_supported_countries()


def knows_hours(branch: Branch) -> bool:
    """Nobody entered hours: then Cal.com's schedule alone decides."""
    return any(branch.opening_hours.values())


def within_hours(branch: Branch, slots: Iterable[SpanT]) -> Iterator[SpanT]:
    """The slots that begin and end while the branch is open, without a break between."""
    zone = ZoneInfo(branch.timezone)
    days: dict[date, Day] = {}
    for slot in slots:
        local = slot.start.astimezone(zone).date()
        # What began before midnight may be open still.
        around = (local, local - timedelta(days=1))
        for day in around:
            # Two weeks hold a thousand slots: a day is looked up once, while a caller waits.
            if day not in days:
                days[day] = day_of(branch, day)
        if _is_open(branch, [days[day] for day in around], slot):
            yield slot


def is_open_at(branch: Branch, moment: datetime) -> bool:
    """Somebody is there now."""
    local = moment.astimezone(ZoneInfo(branch.timezone)).date()
    spans = (*day_of(branch, local).hours, *day_of(branch, local - timedelta(days=1)).hours)
    return any(opens <= moment < closes for opens, closes in spans)


def _is_open(branch: Branch, around: list[Day], slot: Span) -> bool:
    today = around[0]
    if not knows_hours(branch) and not today.special and not today.name:
        return True
    spans = (span for day in around for span in day.hours)
    return any(opens <= slot.start and slot.end <= closes for opens, closes in spans)


def _instants(
    branch: Branch, day: date, intervals: Iterable[Interval]
) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(branch.timezone)
    for interval in sorted(intervals, key=lambda each: each.opens):
        last = day if interval.closes > interval.opens else day + timedelta(days=1)
        yield _instant(day, interval.opens, zone), _instant(last, interval.closes, zone)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # Two times of one zone are compared by their wall clock: across a change of clocks that is wrong.
    return datetime.combine(day, clock, zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int, language: Language) -> dict[date, str]:
    supported = holidays.list_supported_countries()
    if country not in supported:
        return {}
    state = subdivision if subdivision in supported[country] else None
    categories = ("public", "catholic") if (country, state) in _CATHOLIC else ("public",)
    known = _localized(country, language)
    found = holidays.country_holidays(
        country, subdiv=state, years=year, language=known, categories=categories
    )
    return dict(found.items())


def _localized(country: str, language: Language) -> str | None:
    languages = holidays.list_localized_countries().get(country, ())
    wanted = _HOLIDAY_LANGUAGES[language]
    return wanted if wanted in languages else None
