"""find_appointment: whose appointment is meant, and what is read out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import moment_of, reply
from services.voice_tools.handlers.availability import asked_back
from services.voice_tools.handlers.names import has_first_name, is_theirs, is_whole, person_of
from services.voice_tools.handlers.wishes import Unclear, read_day
from services.voice_tools.values import Answer, Call, Found
from shared.contracts.voice import FindAppointment


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

    Where several people of that name come on that day, nobody's appointment is read out.
    """

    appointments: Appointments
    guesses: Guesses

    async def __call__(self, call: Call, args: FindAppointment) -> Answer:
        today = call.now.astimezone(call.zone).date()
        day = read_day(today, args.date, args.weekday, args.caller_words)
        if isinstance(day, Unclear):
            return asked_back(call, day)
        if day is None or args.customer_name is None:
            return reply(call, "name_and_day")
        if await self.guesses.spent(call):
            return reply(call, "guessed_enough")
        return await self._found(call, args.customer_name, day)

    async def _found(self, call: Call, heard: str, day: date) -> Answer:
        that_day = await self.appointments.on(call, day)
        fitting = [found for found in that_day if is_theirs(heard, found.name)]
        if not fitting:
            await self.guesses.missed(call)
            return reply(call, "not_found")
        if theirs := _of_one_number(call, _of_one_name(heard, fitting)):
            return _read_out(call, await self.appointments.name(call, theirs))
        return reply(call, "several_fit" if has_first_name(heard) else "first_name_needed")


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
