"""Notice, horizon and deadline of a branch."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.branch import Branch
from shared.contracts.policies import bookable, is_too_far, is_too_late

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=BERLIN)


@dataclass(frozen=True)
class Slot:
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=30)


def _branch(**fields: Any) -> Branch:
    return Branch(company_id="salon", branch_id="mitte", name="Salon", **fields)


def _starts(branch: Branch, *starts: datetime, now: datetime = NOW) -> list[datetime]:
    return [slot.start for slot in bookable(branch, now, [Slot(each) for each in starts])]


def test_without_a_policy_everything_to_come_is_bookable() -> None:
    soon, far = NOW + timedelta(minutes=1), NOW + timedelta(days=400)
    assert _starts(_branch(), NOW, soon, far) == [soon, far]


def test_what_begins_sooner_than_the_notice_is_not_bookable() -> None:
    branch, just = _branch(booking_notice_minutes=120), NOW + timedelta(hours=2)
    assert _starts(branch, just - timedelta(minutes=1), just) == [just]


def test_the_last_day_of_the_horizon_is_bookable_to_its_end() -> None:
    last = datetime(2026, 12, 8, 23, 30, tzinfo=BERLIN)
    assert _starts(_branch(booking_horizon_days=7), last, last + timedelta(hours=1)) == [last]


def test_days_are_the_branchs_own() -> None:
    branch = _branch(booking_horizon_days=1, timezone="America/New_York")
    # Nine in the evening of the first there, the second here.
    now = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)
    evening = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)
    assert _starts(branch, evening, evening + timedelta(hours=1), now=now) == [evening]


def test_the_night_the_clocks_change_is_as_long_as_it_is() -> None:
    # Two hours before, by the wall clock three.
    now, start = datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 3, 28, 3, 30, tzinfo=BERLIN)
    assert _starts(_branch(booking_notice_minutes=90), start, now=now.astimezone(BERLIN)) == []
    assert _starts(_branch(booking_notice_minutes=60), start, now=now.astimezone(BERLIN)) == [start]


@pytest.mark.parametrize(("hours", "late"), [(None, False), (0, False), (24, False), (25, True)])
def test_the_deadline_for_changes_is_counted_back_from_the_start(hours: int | None, late: bool) -> None:
    branch = _branch(cancellation_notice_hours=hours)
    assert is_too_late(branch, NOW, NOW + timedelta(hours=24)) is late


@given(
    days=st.integers(1, 366),
    notice=st.integers(0, 60 * 24 * 30),
    now=st.timedeltas(timedelta(), timedelta(days=1500)).map(NOW.astimezone(UTC).__add__),
    minutes=st.lists(st.integers(-(60 * 24), 60 * 24 * 400), max_size=20),
)
def test_what_is_bookable_keeps_both_whatever_the_day(
    days: int, notice: int, now: datetime, minutes: list[int]
) -> None:
    branch = _branch(booking_horizon_days=days, booking_notice_minutes=notice)
    starts = [now + timedelta(minutes=each) for each in minutes]
    kept = _starts(branch, *starts, now=now)
    for start in starts:
        early = start <= now or start - now < timedelta(minutes=notice)
        far = is_too_far(branch, now, start.astimezone(BERLIN).date())
        assert (start in kept) is not (early or far)
