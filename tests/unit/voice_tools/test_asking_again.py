"""Who is looked for an appointment of is not asked the same thing again, and not for ever."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.voice_tools.handlers.finding import FindByNameAndDay
from services.voice_tools.handlers.repeats import Repeats
from services.voice_tools.store.counters import Counters
from services.voice_tools.store.questions import Questions
from services.voice_tools.store.slot_cache import open_cache
from services.voice_tools.values import Answer, Call, Caller, Found
from shared.contracts.branch import Branch
from shared.contracts.voice import FindAppointment

BRANCH = Branch(company_id="salon", branch_id="mitte", name="Salon", timezone="UTC")
CALL = Call("salon", "call_1", BRANCH, "de", Caller(), 1, datetime(2026, 12, 1, 9, tzinfo=UTC))
DAY = "2026-12-02"
LATER = "2026-12-09"


class Appointments:
    """Two Müllers and one Weber on each day."""

    async def on(self, _: Call, day: date) -> list[Found]:
        at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
        return [Found(name, at, name, "") for name in ("Anna Müller", "Berta Müller", "Carla Weber")]

    async def name(self, _: Call, found: Sequence[Found]) -> list[Found]:
        return [replace(each, code="1") for each in found]

    async def named(self, _: Call, __: str | None) -> Found | None:
        return None

    async def asked(self, _: Call, __: Found, ___: int | None) -> None:
        return None


class Guesses:
    """As many as one likes."""

    async def spent(self, _: Call) -> bool:
        return False

    async def missed(self, _: Call) -> None:
        return None


def _finder() -> FindByNameAndDay:
    return FindByNameAndDay(Appointments(), Guesses(), Questions(open_cache(None)), Repeats(Counters(None)))


async def _ask(find: FindByNameAndDay, turn: int | None, **said: str) -> Answer:
    return await find(replace(CALL, turns=turn), FindAppointment(**said))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"customer_name": "Weber"},
        {"date": DAY},
        {"customer_name": "Weber", "caller_words": "am Dienstag", "date": DAY},
        {"customer_name": "Weber", "date": "2026-11-02"},
        {"customer_name": "Weber", "caller_words": "irgendwann nächste Woche"},
        {"customer_name": "Weber", "date": "2031-01-01"},
        {"customer_name": "Schulz", "date": DAY},
        {"customer_name": "Müller", "date": DAY},
    ],
)
@pytest.mark.parametrize("turns", [(1, 2, 3, 4), (None, None, None, None)])
async def test_a_question_is_asked_twice_in_two_ways_and_then_a_callback_is_offered(
    said: dict[str, str], turns: Sequence[int | None]
) -> None:
    find = _finder()
    answers = [await _ask(find, turn, **said) for turn in turns]
    assert answers[0].say != answers[1].say
    assert answers[0].status == answers[1].status or answers[1].status == "ambiguous"
    assert [each.next == "offer_callback" for each in answers] == [False, False, True, True]


async def test_a_question_about_an_appointment_is_not_one_about_a_time_to_book() -> None:
    too_far = await _ask(_finder(), 1, customer_name="Weber", date="2031-01-01")
    some_day = await _ask(_finder(), 1, customer_name="Weber", caller_words="irgendwann nächste Woche")
    assert too_far.say.endswith("an welchem Tag ist der Termin?")
    assert some_day.say == "An welchem Tag genau ist der Termin?"


async def test_what_is_known_already_is_not_asked_for() -> None:
    assert (await _ask(_finder(), 1, customer_name="Weber")).say == "Für welchen Tag ist der Termin gebucht?"
    assert (await _ask(_finder(), 1, date=DAY)).say == "Auf welchen Namen ist der Termin gebucht?"


async def test_a_question_that_nobody_has_answered_yet_stays_the_same() -> None:
    find = _finder()
    first, again = [await _ask(find, 1, customer_name="Müller", date=DAY) for _ in range(2)]
    assert first == again
    assert (await _ask(find, 2, customer_name="Müller", date=DAY)).say != first.say


async def test_a_day_that_was_asked_about_and_settled_is_taken_with_the_first_words() -> None:
    find, said = _finder(), {"customer_name": "Weber", "caller_words": "nächsten Mittwoch"}
    asked = await _ask(find, 1, **said, date=LATER)
    assert (asked.status, asked.next) == ("ambiguous", "ask_which_day")
    assert (await _ask(find, 1, **said, date=LATER)).status == "ambiguous"
    assert (await _ask(find, 2, **said, date=LATER)).status == "found"


async def test_after_an_appointment_was_found_the_next_one_is_asked_for_anew() -> None:
    find = _finder()
    questions = [await _ask(find, turn, customer_name="Weber") for turn in (1, 2)]
    assert (await _ask(find, 3, customer_name="Weber", date=DAY)).status == "found"
    assert await _ask(find, 4, customer_name="Weber") == questions[0] != questions[1]
