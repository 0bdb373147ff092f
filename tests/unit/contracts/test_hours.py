from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voice_tools.handlers.selection import select
from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import FreeSlot
from shared.contracts.branch import Branch
from shared.contracts.hours import day_of, holiday_name, is_open_at, within_hours

ZONE = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)


def _branch(**changes: Any) -> Branch:
    week = {day: ["09:00-12:30", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    usual = {"company_id": "c", "branch_id": "b", "name": "Salon", "opening_hours": week}
    return Branch.model_validate({**usual, **changes})


def _slot(day: date, clock: str, minutes: int = 30) -> FreeSlot:
    start = datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), ZONE).astimezone(UTC)  # noqa: DTZ007
    return FreeSlot(start, start + timedelta(minutes=minutes))


def _left(branch: Branch, *slots: FreeSlot) -> list[str]:
    return [f"{slot.start.astimezone(ZONE):%H:%M}" for slot in within_hours(branch, slots)]


def test_slots_are_cut_with_hours_and_break() -> None:
    day = date(2026, 11, 24)
    slots = [
        _slot(day, clock)
        for clock in ("06:00", "08:45", "09:00", "12:00", "12:15", "13:00", "13:30", "17:30", "17:45")
    ]
    assert _left(_branch(), *slots) == ["09:00", "12:00", "13:30", "17:30"]


class _Week(dict[str, Any]):
    """Counts how often a day was looked up in it."""

    looks = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)


def test_a_day_is_looked_up_once_however_many_slots_it_has() -> None:
    week = _Week(_branch().opening_hours)
    branch = _branch().model_copy(update={"opening_hours": week})
    days = [date(2026, 11, 16) + timedelta(days=number) for number in range(12)]
    slots = [_slot(day, f"{hour:02}:{minute:02}") for day in days for hour in range(24) for minute in (0, 30)]
    assert len(list(within_hours(branch, slots))) == 10 * 16
    assert week.looks <= len(days) + 1


def test_a_special_day_stands_for_itself_and_a_holiday_is_closed() -> None:
    special = {"day": "2026-12-24", "hours": ["09:00-12:00"], "note": "Heiligabend"}
    branch = _branch(special_days=[special, {"day": "2026-11-24"}])
    assert _left(branch, _slot(date(2026, 12, 24), "10:00"), _slot(date(2026, 12, 24), "14:00")) == ["10:00"]
    assert _left(branch, _slot(date(2026, 11, 24), "10:00"), _slot(date(2026, 12, 25), "10:00")) == []
    assert day_of(branch, date(2026, 12, 25)).name == "Erster Weihnachtstag"


@pytest.mark.parametrize(
    ("country", "state", "day", "closed"),
    [
        ("DE", "BY", date(2026, 8, 15), True),
        ("DE", "BE", date(2026, 8, 15), False),
        ("DE", "BW", date(2026, 1, 6), True),
        ("DE", None, date(2026, 1, 6), False),
        ("AT", None, date(2026, 12, 8), True),
        ("DE", "XX", date(2026, 10, 3), True),
        ("ZZ", None, date(2026, 1, 1), False),
    ],
)
def test_holidays_are_those_of_the_state(country: str, state: str | None, day: date, closed: bool) -> None:
    branch = _branch(address={"country": country, "subdivision": state})
    assert bool(holiday_name(branch, day)) is closed


def test_a_branch_without_hours_leaves_it_to_the_calendar() -> None:
    branch = _branch(opening_hours={})
    assert _left(branch, _slot(date(2026, 11, 24), "06:00"), _slot(date(2026, 12, 25), "10:00")) == ["06:00"]


def test_hours_after_midnight_belong_to_the_evening_before() -> None:
    branch = _branch(opening_hours={"fri": ["20:00-02:00"]})
    friday = date(2026, 11, 27)
    late = _slot(friday + timedelta(days=1), "01:00")
    assert _left(branch, _slot(friday, "23:45"), late, _slot(friday, "01:00")) == ["23:45", "01:00"]
    assert is_open_at(branch, late.start)


@given(
    day=st.sampled_from([SPRING, AUTUMN]),
    opens=st.integers(0, 22),
    length=st.integers(1, 8),
    start=st.integers(0, 23 * 4),
    minutes=st.sampled_from([15, 30, 60, 90]),
)
def test_on_the_day_the_clocks_change_a_slot_is_open_exactly_while_the_door_is(
    day: date, opens: int, length: int, start: int, minutes: int
) -> None:
    closes = min(opens + length, 23)
    if closes <= opens:
        return
    branch = _branch(opening_hours={"sun": [f"{opens:02d}:00-{closes:02d}:00"]})
    midnight = datetime.combine(day, time(), ZONE).astimezone(UTC)
    begin = midnight + timedelta(minutes=15 * start)
    slot = FreeSlot(begin, begin + timedelta(minutes=minutes))
    door = [datetime.combine(day, time(h), ZONE).astimezone(UTC) for h in (opens, closes)]
    inside = door[0] <= slot.start and slot.end <= door[1]
    assert (list(within_hours(branch, [slot])) == [slot]) is inside


@given(
    clocks=st.lists(st.integers(0, 95), unique=True, max_size=40),
    wanted=st.integers(0, 95),
    ahead=st.integers(0, 3),
)
def test_at_most_three_are_offered_in_order_and_the_wish_first_when_it_is_free(
    clocks: list[int], wanted: int, ahead: int
) -> None:
    day = date(2026, 11, 24)
    free = [_slot(day, f"{each // 4:02d}:{each % 4 * 15:02d}") for each in sorted(clocks)]
    clock = time(wanted // 4, wanted % 4 * 15)
    chosen = select(free, Wanted(day + timedelta(days=ahead), clock), ZONE)
    assert len(chosen.slots) == min(3, len(free))
    assert set(chosen.slots) <= set(free)
    if ahead == 0 and wanted in clocks:
        assert chosen.kind == "exact"
        assert chosen.slots[0].start.astimezone(ZONE).time() == clock
    else:
        assert list(chosen.slots) == sorted(chosen.slots, key=lambda slot: slot.start)


def test_a_part_of_the_day_is_kept_where_it_has_something() -> None:
    day = date(2026, 11, 24)
    free = [_slot(day, clock) for clock in ("09:00", "10:00", "14:00", "15:00", "16:00", "17:00")]
    chosen = select(free, Wanted(day, None, (time(12), time(18))), ZONE)
    assert chosen.kind == "day"
    assert [f"{slot.start.astimezone(ZONE):%H}" for slot in chosen.slots] == ["14", "15", "16"]
