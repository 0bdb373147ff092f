"""What counts as a promise, and what keeps it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.syncer.merge.promises import KINDS, Deed, Promise, broken, may_come_true
from services.syncer.merge.promises_made import promises_of

BERLIN = ZoneInfo("Europe/Berlin")
CALLED = datetime(2026, 12, 30, 12, tzinfo=BERLIN)
TEN = datetime(2027, 3, 2, 10, tzinfo=BERLIN)
NO = dict.fromkeys(("promised_booking", "promised_move", "promised_cancellation", "promised_callback"), False)


def made(answers: dict[str, Any] | None = None, transcript: str | None = None) -> tuple[Promise, ...]:
    return promises_of(answers or {}, transcript, CALLED)


def kinds(transcript: str) -> set[str]:
    return {promise.kind for promise in made(transcript=transcript)}


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Ihr Termin am Dienstag, 1. Dezember, 14 Uhr 30 ist eingetragen.", "booking"),
        ("Ich habe Sie für Dienstag um drei gebucht.", "booking"),
        ("Your appointment on Tuesday is booked.", "booking"),
        ("Ihr Termin ist verschoben auf Mittwoch.", "move"),
        ("Your appointment is moved to Wednesday.", "move"),
        ("Ihr Termin am Montag ist abgesagt.", "cancellation"),
        ("Ich habe den Rückruf notiert.", "callback"),
        ("Der Meister ruft Sie heute zurück.", "callback"),
    ],
)
def test_a_statement_of_the_agent_is_a_promise_where_the_analysis_answers_nothing(
    sentence: str, kind: str
) -> None:
    assert kinds(f"User: Hallo\nAgent: Einen Moment. {sentence}\n") == {kind}


@pytest.mark.parametrize(
    "line",
    [
        "User: Mein Termin ist gebucht.",
        "Agent: Ist der Termin gebucht?",
        "Agent: Ihr Termin ist noch nicht gebucht.",
        "Agent: Sobald er gebucht ist, hören Sie von uns.",
        "Agent: Soll ich Ihren Termin wirklich absagen?",
        "Agent: Ihr Termin am Montag ist bereits eingetragen.",
        "Agent: Ihr Wunsch ist notiert, aber noch nicht fest, weil der Kalender nicht antwortet.",
        "Agent: Shall I note a call back?",
        "Agent: I haven't booked it.",
    ],
)
def test_a_question_a_condition_and_what_the_caller_says_are_none(line: str) -> None:
    assert kinds(line) == set()


def test_an_answer_of_the_analysis_goes_before_the_transcript() -> None:
    assert made(NO, "Agent: Ihr Termin ist gebucht.") == ()
    assert made({"appointment_promised": False}, "Agent: Ihr Termin ist gebucht.") == ()


@pytest.mark.parametrize("year", [2024, 2026, 2027])
def test_a_time_is_the_next_such_day_whatever_year_the_analysis_guesses(year: int) -> None:
    (promise,) = made({**NO, "promised_booking": True, "promised_times": f"{year}-03-02T10:00:00Z"})
    assert promise == Promise("booking", (TEN,))


@pytest.mark.parametrize("times", ["", None, 7, "Dienstag um zehn", "2027-13-40T99:99", "0000-02-30T10:00"])
def test_a_time_that_cannot_be_read_is_none(times: Any) -> None:
    assert made({**NO, "promised_booking": True, "promised_times": times}) == (Promise("booking"),)


def test_the_leap_day_is_that_of_the_next_leap_year() -> None:
    (promise,) = made({**NO, "promised_move": True, "promised_times": "2027-02-29T10:00"})
    assert promise.times == (datetime(2028, 2, 29, 10, tzinfo=BERLIN),)


def test_as_many_bookings_are_promised_as_were_counted_or_timed() -> None:
    answers = {**NO, "promised_booking": True, "promised_times": "2027-03-02T10:00, 2027-03-02T10:00"}
    assert len(made(answers)) == 1
    assert len(made({**answers, "promised_count": 3})) == 3
    assert len(made({**answers, "promised_count": 10**9})) == 10


@pytest.mark.parametrize(
    ("state", "start", "fault"),
    [
        (None, None, "nothing"),
        ("done", TEN + timedelta(minutes=1), "other_time"),
        ("open", TEN, "unfinished"),
        ("noted", TEN, "unfinished"),
        ("undone", TEN, "undone"),
    ],
)
def test_each_broken_promise_says_what_there_is_instead(
    state: Any, start: datetime | None, fault: str
) -> None:
    deeds = [Deed("booking", state, start)] if state else []
    (found,) = broken([Promise("booking", (TEN,))], deeds)
    assert found.fault == fault
    assert may_come_true([found], deeds) is (fault == "unfinished")


def test_a_move_to_the_time_that_was_said_keeps_a_promise_to_book_there() -> None:
    deeds = [Deed("move", "done", TEN.astimezone(UTC))]
    assert broken([Promise("booking", (TEN,)), Promise("move", (TEN,))], deeds) == ()
    assert broken([Promise("booking")], deeds) != ()


def test_what_an_earlier_call_booked_keeps_only_what_names_its_time() -> None:
    deeds = [Deed("earlier", "done", TEN)]
    assert broken([Promise("booking", (TEN,))], deeds) == ()
    for promise in (Promise("booking"), Promise("booking", (CALLED,)), Promise("move", (TEN,))):
        assert broken([promise], deeds) != ()


def test_a_callback_keeps_no_promise_but_its_own() -> None:
    deeds = [Deed("callback", "done")]
    assert [one.promise.kind for one in broken([Promise(kind) for kind in KINDS], deeds)] == list(KINDS[:-1])


@given(
    st.lists(st.tuples(st.sampled_from(KINDS[1:]), st.integers(0, 5)), max_size=6),
)
def test_who_does_everything_that_was_promised_has_broken_nothing(said: list[tuple[Any, int]]) -> None:
    times = [TEN + timedelta(hours=hours) for _, hours in said]
    promises = [Promise(kind, (time,)) for (kind, _), time in zip(said, times, strict=True)]
    deeds = [Deed(kind, "done", time) for (kind, _), time in zip(said, times, strict=True)]
    timed = [Promise(p.kind, p.times if p.kind in {"booking", "move"} else ()) for p in promises]
    assert broken(timed, deeds) == ()


@given(st.lists(st.sampled_from(KINDS[1:]), min_size=1, max_size=6))
def test_who_does_nothing_has_broken_everything(said: list[Any]) -> None:
    assert len(broken([Promise(kind) for kind in said], [])) == len(said)
