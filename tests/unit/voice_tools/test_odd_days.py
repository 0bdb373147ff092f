"""What is said on an odd day → read, chosen, and spoken: the same day and the same time on the wall.

Odd are the days on which clocks change, a leap day, and those around a new year.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.selection import select
from services.voice_tools.handlers.wishes import Unclear, Wanted, read_wish
from services.voice_tools.values import FreeSlot
from shared.contracts import hours
from shared.contracts.branch import WEEKDAYS, Branch
from shared.contracts.voice import Language

BERLIN = ZoneInfo("Europe/Berlin")
QUARTER, HALF = timedelta(minutes=15), timedelta(minutes=30)


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _odd(year: int) -> Iterator[date]:
    yield from (_last_sunday(year, 3), _last_sunday(year, 10))
    yield from (date(year, 2, 28), date(year, 3, 1), date(year, 12, 31), date(year, 1, 1))
    if year % 4 == 0:
        yield date(year, 2, 29)


ODD_DAYS = st.sampled_from([day for year in range(2027, 2033) for day in _odd(year)])
BEFORE = st.integers(1, 13).map(lambda days: timedelta(days=days))
CLOCKS = st.integers(0, 95).map(lambda quarters: time(quarters // 4, quarters % 4 * 15))
#: When clocks change.
SMALL_HOURS = st.integers(4, 15).map(lambda quarters: time(quarters // 4, quarters % 4 * 15))
LANGUAGES: st.SearchStrategy[Language] = st.sampled_from(["de", "en"])
#: Opens before midnight and closes after it, each day of the week; nobody knows the holidays of its country.
BAR = Branch.model_validate(
    {
        "company_id": "c",
        "branch_id": "b",
        "name": "Bar",
        "address": {"country": "ZZ"},
        "opening_hours": {day: ["17:30-04:00"] for day in WEEKDAYS},
    }
)
SALON = Branch.model_validate(
    BAR.model_dump() | {"opening_hours": {day: ["08:00-20:00"] for day in WEEKDAYS}}
)


def _opens(branch: Branch) -> Callable[[date | None, time], bool | None]:
    def opens(day: date | None, clock: time) -> bool | None:
        return None if day is None else hours.is_open_at(branch, datetime.combine(day, clock, BERLIN))

    return opens


def _read(today: date, words: str, branch: Branch = BAR) -> Wanted | Unclear:
    return read_wish(today=today, day=None, weekday=None, words=words, opens=_opens(branch))


def _words(day: date, clock: time, language: Language) -> str:
    return f"{spoken.day(day, language)} {'um' if language == 'de' else 'at'} {spoken.clock(clock, language)}"


def _slots(day: date) -> list[FreeSlot]:
    """A quarter of an hour apart as time passes, whatever the clocks do: of three days around ``day``."""
    start = datetime.combine(day - timedelta(days=1), time(), BERLIN).astimezone(UTC)
    return [FreeSlot(start + QUARTER * number, start + QUARTER * number + HALF) for number in range(3 * 96)]


def _exists(day: date, clock: time) -> bool:
    """In the night in which clocks go forward an hour is left out."""
    wall = datetime.combine(day, clock, BERLIN)
    return wall.astimezone(UTC).astimezone(BERLIN).replace(tzinfo=None) == wall.replace(tzinfo=None)


def _wall(slot: FreeSlot) -> datetime:
    return slot.start.astimezone(BERLIN).replace(tzinfo=None)


@given(day=ODD_DAYS, clock=CLOCKS | SMALL_HOURS, language=LANGUAGES)
@example(day=date(2027, 3, 28), clock=time(2, 30), language="de")
@example(day=date(2027, 10, 31), clock=time(2, 30), language="de")
@settings(max_examples=150)
def test_the_time_that_was_wished_for_is_the_time_that_is_spoken(
    day: date, clock: time, language: Language
) -> None:
    wanted = Wanted(day, clock)
    selection = select(_slots(day), wanted, BERLIN)
    said = _words(day, clock, language)
    heard = [spoken.moment(slot.start, BERLIN, language) for slot in selection.slots]
    if _exists(day, clock):
        assert (selection.kind, heard[0]) == ("exact", said)
    else:
        assert (selection.kind, said in heard) == ("near", False)
    assert {_wall(slot).date() for slot in selection.slots} == {day}


@given(day=ODD_DAYS, before=BEFORE, clock=st.integers(8, 19).map(time), language=LANGUAGES)
@settings(max_examples=150)
def test_a_day_that_was_said_days_before_is_read_chosen_and_spoken_as_that_day(
    day: date, before: timedelta, clock: time, language: Language
) -> None:
    wanted = _read(day - before, _words(day, clock, language), SALON)
    assert wanted == Wanted(day, clock)
    selection = select(_slots(day), wanted, BERLIN)
    assert spoken.moment(selection.slots[0].start, BERLIN, language) == _words(day, clock, language)


@given(day=ODD_DAYS, before=BEFORE, clock=CLOCKS | SMALL_HOURS, language=LANGUAGES)
@settings(max_examples=150)
def test_behind_a_door_that_is_open_over_midnight_a_time_is_on_the_day_on_the_wall(
    day: date, before: timedelta, clock: time, language: Language
) -> None:
    free = list(hours.within_hours(BAR, _slots(day)))
    wanted = _read(day - before, _words(day, clock, language))
    if isinstance(wanted, Unclear):
        # Which of two nights is meant, or which half of the day.
        assert all(each >= day - before for each in wanted.days)
        return
    assert wanted.day == day
    assert wanted.at in {clock, clock.replace(hour=(clock.hour + 12) % 24)}
    selection = select(free, wanted, BERLIN)
    starts = {slot.start for slot in selection.slots}
    assert starts <= {slot.start for slot in free}
    assert {_wall(slot).date() for slot in selection.slots} == {day}
    exact = [slot for slot in free if _wall(slot) == datetime.combine(day, wanted.at or clock)]
    assert (selection.kind == "exact") is bool(exact)


@given(day=ODD_DAYS, minutes=st.integers(1, 16).map(lambda quarters: 15 * quarters))
@settings(max_examples=100)
def test_nobody_is_there_longer_than_the_door_is_open(day: date, minutes: int) -> None:
    length = timedelta(minutes=minutes)
    slots = [FreeSlot(slot.start, slot.start + length) for slot in _slots(day)]
    for slot in hours.within_hours(BAR, slots):
        opened = datetime.combine(
            _wall(slot).date() - timedelta(days=_wall(slot).hour < 12), time(17, 30), BERLIN
        )
        closed = datetime.combine(opened.date() + timedelta(days=1), time(4), BERLIN)
        assert opened.astimezone(UTC) <= slot.start
        assert slot.end <= closed.astimezone(UTC)


@pytest.mark.parametrize("words", ["am 29. Februar", "am neunundzwanzigsten Februar", "February 29"])
@given(today=st.dates(date(2026, 1, 1), date(2033, 12, 31)))
@settings(max_examples=60)
def test_a_leap_day_is_never_another_day(today: date, words: str) -> None:
    wanted = _read(today, words)
    if isinstance(wanted, Unclear):
        assert all((each.month, each.day) == (2, 29) for each in wanted.days)
    else:
        assert wanted.day is not None
        assert (wanted.day.month, wanted.day.day) == (2, 29)
        assert today <= wanted.day <= today + timedelta(days=366)


@given(year=st.integers(2026, 2035), december=st.integers(15, 31), january=st.integers(1, 20))
@settings(max_examples=100)
def test_what_is_said_in_december_of_january_is_in_the_next_year(
    year: int, december: int, january: int
) -> None:
    today, day = date(year, 12, december), date(year + 1, 1, january)
    for words in (f"am {january}. Januar", f"am {january}.1.", f"January {january}"):
        assert _read(today, words) == Wanted(day)
