"""What is left of a calendar's answer, beside what the calendar itself would say now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voice_tools.store.taken import Answered, Change, News, is_outdated, left
from services.voice_tools.values import FreeSlot

CUT, COLOUR, OTHERS_CUT = 1, 2, 3
ASKED = datetime(2026, 11, 30, 8, tzinfo=UTC)
OPENS = datetime(2026, 12, 1, 8, tzinfo=UTC)
QUARTERS = 40
LENGTHS = {CUT: timedelta(minutes=30), COLOUR: timedelta(minutes=75)}
HOSTS = {CUT: frozenset({"Steffi"}), COLOUR: frozenset({"Steffi"}), OTHERS_CUT: frozenset({"Jonas"})}
Span = tuple[datetime, datetime]


def _free(event_type_id: int, booked: Sequence[Span]) -> tuple[FreeSlot, ...]:
    """What Steffi's calendar answers."""
    starts = (OPENS + number * timedelta(minutes=15) for number in range(QUARTERS))
    spans = ((start, start + LENGTHS[event_type_id]) for start in starts)
    return tuple(
        FreeSlot(start, end, event_type_id)
        for start, end in spans
        if not any(start < until and since < end for since, until in booked)
    )


def _change(event_type_id: int = CUT, *, kind: str = "taken", quarter: int = 0, **details: object) -> Change:
    start = OPENS + quarter * timedelta(minutes=15)
    known = {"at": ASKED + timedelta(minutes=1), "hosts": HOSTS.get(event_type_id, frozenset()), **details}
    return Change(kind, event_type_id, start, start + LENGTHS.get(event_type_id, LENGTHS[CUT]), **known)  # type: ignore[arg-type]


BOOKINGS = st.lists(st.tuples(st.sampled_from((CUT, COLOUR)), st.integers(0, QUARTERS - 1)), max_size=12)


@given(asked_for=st.sampled_from((CUT, COLOUR)), before=BOOKINGS, after=BOOKINGS)
def test_what_is_left_is_what_a_new_look_would_say(
    asked_for: int, before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    old = [_change(number, quarter=quarter) for number, quarter in before]
    new = [_change(number, quarter=quarter) for number, quarter in after]
    answered = Answered(asked_for, ASKED, _free(asked_for, [(each.start, each.end) for each in old]))
    now = _free(asked_for, [(each.start, each.end) for each in (*old, *new)])
    assert tuple(left(answered, News(tuple(new), HOSTS))) == now
    assert not is_outdated(answered, News(tuple(new), HOSTS))


@pytest.mark.parametrize(
    ("change", "gone", "outdated"),
    [
        (_change(OTHERS_CUT), False, False),
        (_change(OTHERS_CUT, kind="freed"), False, False),
        (_change(COLOUR, kind="freed"), False, True),
        (_change(kind="freed"), False, True),
        (_change(kind="held"), True, False),
        (_change(OTHERS_CUT, kind="held"), False, False),
        (_change(COLOUR, kind="held"), True, False),
        (_change(99), False, True),
        (_change(at=ASKED - timedelta(minutes=1)), False, False),
        (_change(kind="held", at=ASKED - timedelta(minutes=1)), True, False),
    ],
)
def test_only_what_takes_the_same_persons_time_since_counts(
    change: Change, gone: bool, outdated: bool
) -> None:
    answered = Answered(CUT, ASKED, _free(CUT, []))
    news = News((change,), HOSTS)
    assert (OPENS not in [slot.start for slot in left(answered, news)], is_outdated(answered, news)) == (
        gone,
        outdated,
    )


def test_a_booking_with_one_of_several_people_is_asked_for_and_a_hold_is_not_offered() -> None:
    several = {CUT: frozenset({"Steffi", "Jonas"})}
    answered = Answered(CUT, ASKED, _free(CUT, []))
    booked = News((_change(hosts=frozenset({"Jonas"})),), several)
    assert (tuple(left(answered, booked)), is_outdated(answered, booked)) == (answered.slots, True)
    held = News((_change(kind="held"),), several)
    assert OPENS not in [slot.start for slot in left(answered, held)]


def test_a_hold_whose_end_is_not_known_takes_the_whole_appointment() -> None:
    hold = Change("held", CUT, OPENS + LENGTHS[CUT], OPENS + LENGTHS[CUT], ASKED)
    kept = [slot.start for slot in left(Answered(CUT, ASKED, _free(CUT, [])), News((hold,), HOSTS))]
    assert [(start - OPENS) // timedelta(minutes=15) for start in kept[:2]] == [0, 4]
