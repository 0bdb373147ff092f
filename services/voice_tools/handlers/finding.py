"""find_appointment: whose appointment is meant, and what is read out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import day_of, days_of, moment_of, reply
from services.voice_tools.handlers.availability import Questions, key_of_question
from services.voice_tools.handlers.names import has_first_name, is_theirs, is_whole, person_of
from services.voice_tools.handlers.repeats import Repeats
from services.voice_tools.handlers.wishes import Unclear, read_day
from services.voice_tools.values import Answer, Call, Found
from shared.contracts.voice import FindAppointment

#: Each question in the words of the first time and of the second; the third time a person calls back.
_ENOUGH: Final = "guessed_enough"
_BOTH: Final = ("name_and_day", "name_and_day_again", _ENOUGH)
_NAME: Final = ("find_name", "name_again", _ENOUGH)
_DAY: Final = ("find_day", "day_again", _ENOUGH)
_NOT_FOUND: Final = ("not_found", "not_found_again", _ENOUGH)
_FIRST_NAME: Final = ("first_name_needed", "first_name_again", "several_fit")
#: What is asked of a time that is to be booked does not fit one that is booked.
_OF_AN_APPOINTMENT: Final = {"day_open": "find_day_open", "too_far": "find_too_far"}


class Appointments(Protocol):
    """The appointments of a branch."""

    async def on(self, call: Call, day: date) -> list[Found]: ...

    async def name(self, call: Call, found: Sequence[Found]) -> list[Found]:
        """Each with its number in this call."""
        ...

    async def named(self, call: Call, code: str | None) -> Found | None: ...

    async def asked(self, call: Call, found: Found, turn: int | None) -> None: ...


class Guesses(Protocol):
    """Names of a call that fitted nothing."""

    async def spent(self, call: Call) -> bool:
        """So many that the next one is not looked at."""
        ...

    async def missed(self, call: Call) -> None: ...


@dataclass(frozen=True, slots=True)
class FindByNameAndDay:
    """Nothing is read out before the caller has named both: family phones, and callers who are curious.

    Where several people of that name come on that day, nobody's appointment is read out. No question is put
    to a caller twice in the same words, and none a third time.
    """

    appointments: Appointments
    guesses: Guesses
    questions: Questions
    repeats: Repeats

    async def __call__(self, call: Call, args: FindAppointment) -> Answer:
        day = await self._day(call, args)
        if isinstance(day, Unclear):
            return await self._which_day(call, day)
        if day is None or args.customer_name is None:
            return await self.repeats.ask(call, "name_and_day", _missing(args.customer_name, day))
        if await self.guesses.spent(call):
            return reply(call, _ENOUGH)
        return await self._found(call, args.customer_name, day)

    async def _day(self, call: Call, args: FindAppointment) -> date | Unclear | None:
        """A model repeats the first words with the day that was settled since: once asked is enough."""
        today = call.now.astimezone(call.zone).date()
        said = (args.date, args.weekday, args.caller_words)
        day = read_day(today, *said)
        return (
            read_day(today, *said, await self.questions.answered(call)) if isinstance(day, Unclear) else day
        )

    async def _which_day(self, call: Call, unclear: Unclear) -> Answer:
        await self.questions.ask(call, [day.isoformat() for day in unclear.days])
        first = key_of_question(unclear)
        forms = (_OF_AN_APPOINTMENT.get(first, first), "days_again" if unclear.days else "day_again", _ENOUGH)
        today = day_of(call, call.now.astimezone(call.zone).date())
        return await self.repeats.ask(call, "day", forms, today=today, days=days_of(call, unclear.days))

    async def _found(self, call: Call, heard: str, day: date) -> Answer:
        that_day = await self.appointments.on(call, day)
        fitting = [found for found in that_day if is_theirs(heard, found.name)]
        if not fitting:
            await self.guesses.missed(call)
            return await self.repeats.ask(call, "not_found", _NOT_FOUND)
        if theirs := _of_one_number(call, _of_one_name(heard, fitting)):
            await self.repeats.settled(call)
            return _read_out(call, await self.appointments.name(call, theirs))
        if has_first_name(heard):
            return reply(call, "several_fit")
        return await self.repeats.ask(call, "first_name", _FIRST_NAME)


def _missing(name: str | None, day: date | None) -> tuple[str, ...]:
    if day is None:
        return _BOTH if name is None else _DAY
    return _NAME


def _of_one_name(heard: str, fitting: Sequence[Found]) -> list[Found]:
    """Those of the one person who can be meant; none where it may be this one or that one."""
    if _is_one(fitting):
        return list(fitting)
    whole = [found for found in fitting if is_whole(heard, found.name)]
    return whole if has_first_name(heard) and _is_one(whole) else []


def _of_one_number(call: Call, found: list[Found]) -> list[Found]:
    """Two people of one name have two numbers; the one that calls opens nothing, but tells them apart."""
    numbers = {each.phone for each in found if each.phone}
    if len(numbers) <= 1:
        return found
    return [each for each in found if each.phone and each.phone == call.caller.number]


def _is_one(found: Sequence[Found]) -> bool:
    return len({person_of(each.name) for each in found}) == 1


def _read_out(call: Call, found: list[Found]) -> Answer:
    listed = {
        "appointments": [
            {"code": each.code, "spoken": moment_of(call, each.start), "service": each.service_key}
            for each in found
        ]
    }
    moments = spoken.choice([moment_of(call, each.start) for each in found], call.language)
    return reply(call, "found" if len(found) == 1 else "found_several", listed, moments=moments)
