"""Which free slots may stand for the one a caller wished for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.syncer.merge.alternatives import alternatives
from shared.contracts.branch import Branch
from shared.contracts.policies import bookable

#: A Monday, 10:00 in Berlin.
WISH = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    start: datetime
    end: datetime


def branch(**changes: object) -> Branch:
    fields = {
        "company_id": "c",
        "branch_id": "b",
        "name": "Salon",
        "opening_hours": {"mon": ["09:00-12:00", "13:00-18:00"], "fri": ["20:00-02:00"]},
    }
    return Branch.model_validate(fields | changes)


def after(minutes: int) -> datetime:
    return WISH + timedelta(minutes=minutes)


def near(wished: datetime, minutes: int, slots: Sequence[datetime], branch: Branch | None) -> list[datetime]:
    """Long before all of them."""
    return alternatives(wished, minutes, slots, branch, WISH - timedelta(days=7))


def test_the_nearest_come_first_and_the_wish_itself_is_none() -> None:
    slots = [after(90), after(-30), WISH, after(30), after(60)]
    found = near(WISH, 30, slots, None)
    assert found == [after(-30), after(30), after(60)]


def test_what_is_outside_of_the_hours_or_runs_into_the_break_is_left_out() -> None:
    slots = [after(-90), after(105), after(120), after(180)]
    assert near(WISH, 30, slots, branch()) == [after(180)]


def test_further_than_two_days_away_nobody_is_booked_unasked() -> None:
    assert near(WISH, 30, [WISH + timedelta(days=3)], None) == []


@pytest.mark.parametrize(
    ("start", "minutes", "opened"),
    [
        (datetime(2026, 3, 6, 23, tzinfo=UTC), 30, True),  # Saturday 00:00 in Berlin
        (datetime(2026, 3, 6, 22, 30, tzinfo=UTC), 60, True),  # over midnight
        (datetime(2026, 3, 7, 0, 45, tzinfo=UTC), 30, False),  # ends after 02:00
        (datetime(2026, 3, 3, 9, tzinfo=UTC), 30, False),  # no hours on Tuesdays
    ],
)
def test_hours_may_go_on_after_midnight(start: datetime, minutes: int, opened: bool) -> None:
    wished = start + timedelta(minutes=10)
    assert near(wished, minutes, [start], branch()) == ([start] if opened else [])


def test_a_special_day_replaces_the_hours_of_its_weekday() -> None:
    slots = [after(45), after(15)]
    assert near(WISH, 30, slots, branch(special_days=[{"day": "2026-03-02"}])) == []
    short = branch(special_days=[{"day": "2026-03-02", "hours": ["10:00-11:00"]}])
    assert near(WISH, 30, slots, short) == [after(15)]


@pytest.mark.parametrize("hours", [{"thu": ["09:00-18:00"], "fri": ["09:00-18:00"]}, {}])
def test_the_nearest_is_never_on_a_holiday_of_the_branch_s_state(hours: object) -> None:
    corpus_christi = datetime(2026, 6, 4, 12, tzinfo=UTC)  # a Thursday
    friday, wish = corpus_christi + timedelta(days=1), corpus_christi + timedelta(hours=4)
    munich = branch(opening_hours=hours, address={"country": "DE", "subdivision": "BY"})
    assert near(wish, 30, [corpus_christi, friday], munich) == [friday]
    berlin = branch(opening_hours=hours, address={"country": "DE", "subdivision": "BE"})
    assert near(wish, 30, [corpus_christi, friday], berlin) == [corpus_christi, friday]


def test_another_time_of_the_day_goes_before_another_day_and_no_day_before_it_is_booked() -> None:
    wish = WISH.replace(hour=22)
    yesterday, morning, tomorrow = WISH - timedelta(days=1), WISH, wish + timedelta(hours=3)
    assert near(wish, 30, [yesterday, morning, tomorrow], None) == [morning, tomorrow]


@pytest.mark.parametrize(("notice", "soonest"), [(None, 120), (30, 120), (240, 240)])
def test_nobody_is_booked_sooner_than_they_can_be_told_or_the_branch_allows(
    notice: int | None, soonest: int
) -> None:
    now, shop = after(-60), branch(booking_notice_minutes=notice)
    slots = [after(soonest - 61), after(soonest - 60)]
    assert alternatives(after(300), 30, slots, shop, now) == [after(soonest - 60)]


def test_nobody_is_booked_past_the_horizon_of_the_branch() -> None:
    slots = [after(60), WISH + timedelta(days=1)]
    open_daily = {"mon": ["09:00-18:00"], "tue": ["09:00-18:00"]}
    near_end = branch(opening_hours=open_daily, booking_horizon_days=7)
    assert near(WISH, 30, slots, near_end) == [after(60)]
    assert near(WISH, 30, slots, branch(opening_hours=open_daily)) == slots


@given(
    slots=st.lists(st.integers(-200, 200).map(lambda quarters: after(15 * quarters)), max_size=12),
    notice=st.none() | st.integers(0, 3000),
    horizon=st.none() | st.integers(1, 3),
    hours_before=st.integers(0, 60),
)
def test_whatever_is_taken_instead_could_have_been_booked_by_phone_and_its_own_day_comes_first(
    slots: list[datetime], notice: int | None, horizon: int | None, hours_before: int
) -> None:
    salon = branch(booking_notice_minutes=notice, booking_horizon_days=horizon)
    now = WISH - timedelta(hours=hours_before)
    found = alternatives(WISH, 30, slots, salon, now)
    assert len(found) <= 3
    spans = [Span(slot, slot + timedelta(minutes=30)) for slot in found]
    assert list(bookable(salon, now, spans)) == spans
    assert all(slot >= now + timedelta(hours=2) for slot in found)
    days = [slot.astimezone(ZoneInfo("Europe/Berlin")).date() == date(2026, 3, 2) for slot in found]
    assert days == sorted(days, reverse=True)
