"""The merge of bookings: the same state whatever the order of arrival, and what people hear of it."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.syncer.merge.booking import BookingState, Change, merge
from services.syncer.merge.outcomes import Outcome, tell
from services.syncer.merge.reading import read_observation, read_webhook

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)
TRIGGERS = ("requested", "created", "rejected", "cancelled", "rescheduled")


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def webhook(trigger: str, seconds: float, **payload: Any) -> Change:
    """The change of ``uid`` "b1" in a webhook written at ``seconds`` and received right away."""
    body = {"createdAt": at(seconds).isoformat(), "payload": {"uid": "b1", **payload}}
    reading = read_webhook(f"calcom.booking_{trigger}", body, at(seconds + 1))
    assert reading is not None
    return next(change for change in reading.changes if change.uid == "b1")


def observed(status: str, updated: float, looked: float | None, **booking: Any) -> Change:
    data = {"uid": "b1", "status": status, "updatedAt": at(updated).isoformat(), **booking}
    change = read_observation(data, None if looked is None else at(looked))
    assert change is not None
    return change


def merged(changes: Sequence[Change]) -> BookingState:
    state = BookingState()
    for change in changes:
        state = merge(state, change)
    return state


def told(changes: Sequence[Change]) -> tuple[BookingState, list[Outcome]]:
    state, outcomes = BookingState(), list[Outcome]()
    for change in changes:
        state, news = tell(merge(state, change))
        outcomes += news
    return state, outcomes


def known(state: BookingState) -> tuple[Any, ...]:
    return (
        state.status, dict(state.claims), state.observation, dict(state.facts), dict(state.attendance),
        state.last_event_at, state.last_webhook_at,
    )  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Up to five webhooks and looks at one booking, each with a time of its own."""
    moments = draw(st.lists(st.integers(0, 400), min_size=1, max_size=5, unique=True))
    return [draw(_change(2 * moment)) for moment in moments]


@st.composite
def _change(draw: st.DrawFn, moment: int) -> Change:
    facts = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "title": st.sampled_from(["Cut", "Dye"]),
                "location": st.sampled_from(["salon", "home"]),
                "startTime": st.integers(1, 4).map(lambda day: f"2026-03-0{day}T10:00:00Z"),
                "attendees": st.sampled_from([[{"name": "Ana", "email": "a@x.de"}], [{"email": "b@x.de"}]]),
            },
        )
    )
    if draw(st.booleans()):
        return webhook(draw(st.sampled_from(TRIGGERS)), moment, **facts)
    status = draw(st.sampled_from(["accepted", "pending", "cancelled", "rejected"]))
    return observed(status, moment + 1, moment + draw(st.integers(1, 200)), **facts)


@settings(max_examples=120, deadline=None)
@given(histories())
def test_every_order_of_arrival_ends_in_the_same_state(history: list[Change]) -> None:
    states = [known(merged(order)) for order in itertools.permutations(history)]
    assert all(state == states[0] for state in states)


@settings(max_examples=80, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_duplicates_change_nothing_and_tell_nothing(history: list[Change], random: Any) -> None:
    state, outcomes = told(history)
    copies = history * 2
    random.shuffle(copies)
    for copy in copies:
        again, news = tell(merge(state, copy))
        assert again == state
        assert news == ()
    assert [outcome.version for outcome in outcomes] == sorted({outcome.version for outcome in outcomes})


@settings(max_examples=80, deadline=None)
@given(histories())
def test_whatever_the_order_people_end_up_with_the_truth(history: list[Change]) -> None:
    for order in itertools.permutations(history):
        state, _ = told(order)
        if state.start is not None:
            assert state.told is not None
            assert (state.told.status, state.told.start) == (state.status, state.start)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TRIGGERS), st.integers(0, 50)), min_size=1, max_size=6))
def test_webhooks_alone_only_move_up(events: list[tuple[str, int]]) -> None:
    rank = {"unknown": 0, "pending": 1, "accepted": 2, "rejected": 2, "cancelled": 3, "rescheduled": 4}
    state, seen = BookingState(), 0
    for trigger, moment in events:
        state = merge(state, webhook(trigger, moment))
        assert rank[state.status] >= seen
        seen = rank[state.status]


def test_a_cancellation_stands_against_a_creation_that_comes_later() -> None:
    state = merged([webhook("cancelled", 10), webhook("created", 0, title="Cut")])
    assert state.status == "cancelled"
    assert state.facts["title"].value == "Cut"


def test_a_rejected_booking_can_become_accepted_and_the_later_word_wins() -> None:
    rejected, accepted = webhook("rejected", 5), webhook("created", 9)
    assert merged([rejected, accepted]).status == "accepted"
    assert merged([accepted, rejected]).status == "accepted"


def test_of_two_words_of_the_same_time_the_first_stands() -> None:
    rejected, accepted = webhook("rejected", 5), webhook("created", 5)
    assert merged([rejected, accepted]).status == "rejected"
    assert merged([accepted, rejected]).status == "accepted"


def test_an_older_event_fills_only_what_is_empty() -> None:
    newer = webhook("created", 9, title="Cut")
    older = webhook("requested", 3, title="Old", location="salon")
    state = merged([newer, older])
    assert state.facts["title"].value == "Cut"
    assert state.facts["location"].value == "salon"


def test_a_look_a_minute_after_the_cancellation_brings_a_booking_back() -> None:
    cancelled = webhook("cancelled", 10)
    back = observed("accepted", updated=20, looked=72)
    assert merged([cancelled, back]).status == "accepted"
    assert merged([back, cancelled]).status == "accepted"


def test_a_look_taken_too_soon_moves_nothing_down() -> None:
    too_soon = observed("accepted", updated=20, looked=40)
    assert merged([webhook("cancelled", 10), too_soon]).status == "cancelled"


def test_a_look_at_a_state_older_than_the_cancellation_moves_nothing_down() -> None:
    stale = observed("accepted", updated=5, looked=500)
    assert merged([webhook("cancelled", 10), stale]).status == "cancelled"


def test_a_look_that_nobody_timed_moves_nothing_down_but_up() -> None:
    assert merged([webhook("cancelled", 10), observed("accepted", 900, None)]).status == "cancelled"
    assert merged([webhook("created", 10), observed("cancelled", 900, None)]).status == "cancelled"


def test_meetings_set_no_status_and_outrank_nothing() -> None:
    flat = {
        "triggerEvent": "MEETING_ENDED",
        "uid": "b1",
        "title": "Old",
        "status": "ACCEPTED",
        "createdAt": at(0).isoformat(),
    }
    reading = read_webhook("calcom.meeting_ended", flat, at(500))
    assert reading is not None
    state = merged([webhook("cancelled", 10, title="Cut"), *reading.changes])
    assert (state.status, state.facts["title"].value) == ("cancelled", "Cut")


def test_an_absence_touches_only_the_attendance() -> None:
    body = {"uid": None, "bookingUid": "b1", "attendees": [{"email": "a@x.de", "noShow": True}]}
    created = webhook("created", 1, startTime="2026-03-03T10:00:00Z")
    state, outcomes = told([created, webhook("no_show_updated", 9, **body)])
    assert (state.status, state.no_show) == ("accepted", True)
    assert [outcome.kind for outcome in outcomes] == ["booked", "no_show"]


def test_of_two_words_about_an_attendance_the_later_stands() -> None:
    def absence(value: object, seconds: int) -> Change:
        return webhook("no_show_updated", seconds, attendees=[{"email": "a@x.de", "noShow": value}])

    for order in itertools.permutations([absence(True, 5), absence(False, 9)]):
        assert merged(order).no_show is False


def test_a_reschedule_is_two_bookings_and_createdat_is_not_compared_between_them() -> None:
    body = {
        "createdAt": at(5).isoformat(),
        "payload": {
            "uid": "new",
            "rescheduleUid": "old",
            "startTime": "2026-03-05T10:00:00Z",
            "rescheduleStartTime": "2026-03-04T10:00:00Z",
        },
    }
    reading = read_webhook("calcom.booking_rescheduled", body, at(6))
    assert reading is not None
    new, old = reading.changes
    assert (new.uid, new.status, new.facts["rescheduled_from"]) == ("new", "accepted", "old")
    assert (old.uid, old.status, old.facts["rescheduled_to"]) == ("old", "rescheduled", "new")
    state, outcomes = tell(merge(BookingState(), new))
    assert state.status == "accepted"
    assert outcomes == (Outcome("rescheduled", 1, datetime(2026, 3, 4, 10, tzinfo=UTC)),)


def test_with_one_uid_for_both_only_the_times_change() -> None:
    created = webhook("created", 1, startTime="2026-03-04T10:00:00Z")
    moved = webhook("rescheduled", 5, rescheduleUid="b1", startTime="2026-03-05T10:00:00Z")
    state, outcomes = told([created, moved])
    assert state.status == "accepted"
    assert state.came_from is None
    assert [(outcome.kind, outcome.version) for outcome in outcomes] == [("booked", 1), ("rescheduled", 2)]


def test_somebody_who_leaves_a_seat_does_not_cancel_the_booking() -> None:
    body = {"createdAt": at(5).isoformat(), "payload": {"uid": "b1", "seatsPerTimeSlot": 4}}
    reading = read_webhook("calcom.booking_cancelled", body, at(6))
    assert reading is not None
    assert reading.changes[0].status is None
    assert reading.doubts == ("b1",)


def test_a_series_is_looked_at_as_a_whole() -> None:
    body = {"createdAt": at(5).isoformat(), "payload": {"uid": "b1", "recurringEvent": {"count": 4}}}
    reading = read_webhook("calcom.booking_created", body, at(6))
    assert reading is not None
    assert reading.changes[0].status == "accepted"
    assert reading.doubts == ("b1",)


def test_what_has_no_time_yet_is_told_when_an_event_brings_one() -> None:
    state, outcomes = told([webhook("created", 5), webhook("requested", 1, startTime="2026-03-04T10:00:00Z")])
    assert [outcome.kind for outcome in outcomes] == ["booked"]
    assert state.version == outcomes[0].version


def test_a_detail_filled_in_later_does_not_overtake_what_is_being_told() -> None:
    created = webhook("created", 5, startTime="2026-03-04T10:00:00Z")
    state, _ = told([created])
    after, outcomes = told([created, webhook("created", 7, location="salon")])
    assert (after.version, outcomes[1:]) == (state.version, [])


def test_a_body_without_uid_is_no_booking() -> None:
    assert read_webhook("calcom.booking_created", {"payload": {}}, T0) is None
    assert read_webhook("calcom.booking_created", ["odd"], T0) is None
