"""What is read out to whoever names a name, whoever else comes on that day."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voice_tools.handlers.finding import FindByNameAndDay
from services.voice_tools.handlers.repeats import Repeats
from services.voice_tools.store.counters import Counters
from services.voice_tools.store.questions import Questions
from services.voice_tools.store.slot_cache import open_cache
from services.voice_tools.values import Answer, Call, Caller, Found
from shared.contracts.branch import Branch
from shared.contracts.voice import FindAppointment

DAY = date(2026, 12, 2)
FIRST, LAST = ("Anna", "Bernd", "Eva", "Uwe", "Lea", "Leo"), ("Müller", "Schulz", "Weber", "Bauer", "Bayer")
PEOPLE = st.tuples(st.sampled_from(FIRST), st.sampled_from(LAST))
#: First name, surname, both, or both the other way round.
SPOKEN = st.sampled_from(["{0}", "{1}", "{0} {1}", "Frau {1}", "{1} {0}"])


class Appointments:
    """A day with an appointment every full hour from one o'clock on. ``phones``: of who comes, in turn."""

    def __init__(self, people: Sequence[tuple[str, str]], phones: Sequence[str | None] = ()) -> None:
        self.people = people
        self.phones = [*phones, *[None] * (len(people) - len(phones))]
        self.numbered: list[Found] = []

    async def on(self, _: Call, day: date) -> list[Found]:
        return [
            Found(str(at.hour), at, " ".join(name), "", phone=phone)
            for at, name, phone in zip(_hours(day), self.people, self.phones, strict=False)
        ]

    async def name(self, _: Call, found: Sequence[Found]) -> list[Found]:
        self.numbered = [replace(each, code=str(number)) for number, each in enumerate(found, start=1)]
        return self.numbered

    async def named(self, _: Call, __: str | None) -> Found | None:
        return None

    async def asked(self, _: Call, __: Found, ___: int | None) -> None:
        return None


def _hours(day: date) -> Iterator[datetime]:
    return (datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for hour in range(1, 24))


class Guesses:
    """As many as one likes; counted."""

    def __init__(self) -> None:
        self.misses = 0

    async def spent(self, _: Call) -> bool:
        return False

    async def missed(self, _: Call) -> None:
        self.misses += 1


def _finder(appointments: Appointments, guesses: Guesses) -> FindByNameAndDay:
    return FindByNameAndDay(appointments, guesses, Questions(open_cache(None)), Repeats(Counters(None)))


def _found(appointments: Appointments, heard: str, number: str | None = None) -> tuple[Answer, Guesses]:
    branch = Branch(company_id="salon", branch_id="mitte", name="Salon", timezone="UTC")
    call = Call("salon", "call_1", branch, "de", Caller(number), None, datetime(2026, 12, 1, 9, tzinfo=UTC))
    guesses = Guesses()
    find = _finder(appointments, guesses)
    asked = FindAppointment(customer_name=heard, date=DAY.isoformat())
    return asyncio.run(find(call, asked)), guesses


@given(people=st.lists(PEOPLE, max_size=8), who=PEOPLE, form=SPOKEN)
def test_no_time_is_spoken_of_somebody_who_was_not_named(
    people: list[tuple[str, str]], who: tuple[str, str], form: str
) -> None:
    appointments, heard = Appointments(people), form.format(*who)
    answer, _ = _found(appointments, heard)
    told = {people[int(hour) - 1] for hour in re.findall(r"(\d+) Uhr", str(answer.document()))}
    assert len(told) <= 1
    for first, last in told:
        assert last in heard
        assert first in heard or not any(other in heard for other in FIRST)
    assert len(appointments.numbered) == (len(answer.fields["appointments"]) if told else 0)


@given(people=st.lists(PEOPLE, max_size=8), who=PEOPLE)
def test_who_names_both_hears_each_of_their_own(people: list[tuple[str, str]], who: tuple[str, str]) -> None:
    answer, guesses = _found(Appointments(people), " ".join(who))
    hours = sorted(int(hour) for hour in re.findall(r"(\d+) Uhr", str(answer.fields)))
    assert hours == [hour for hour, name in enumerate(people, start=1) if name == who]
    assert guesses.misses == (0 if hours else 1)


ANNAS = [("Anna", "Müller"), ("Anna", "Müller"), ("Anna", "Müller")]


@pytest.mark.parametrize(
    ("calls_from", "hours"), [("+491511", ["1", "3"]), ("+491522", ["2"]), ("+491533", []), (None, [])]
)
def test_two_people_of_one_name_are_told_apart_by_the_number_that_calls(
    calls_from: str | None, hours: list[str]
) -> None:
    appointments = Appointments(ANNAS, ["+491511", "+491522", "+491511"])
    answer, _ = _found(appointments, "Anna Müller", calls_from)
    assert re.findall(r"(\d+) Uhr", str(answer.fields)) == hours
    assert (answer.status, answer.next == "offer_callback") == ("found" if hours else "not_found", not hours)


def test_a_number_that_is_missing_makes_nobody_another_person() -> None:
    answer, _ = _found(Appointments(ANNAS, ["+491511", None]), "Anna Müller")
    assert re.findall(r"(\d+) Uhr", str(answer.fields)) == ["1", "2", "3"]
