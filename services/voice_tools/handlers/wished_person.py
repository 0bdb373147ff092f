"""A person who was wished for and has nothing free that day: when they have, and who has that day."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from services.voice_tools.handlers.answers import day_of, reply, staff_name
from services.voice_tools.handlers.catalogue import Target, colleagues_of
from services.voice_tools.handlers.names import sounds_like
from services.voice_tools.handlers.offering import Offering, is_closed, told
from services.voice_tools.handlers.selection import MOST, nearest_on, on_other_days
from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import Answer, Call, Found, FreeSlot
from shared.contracts.policies import is_too_far
from shared.errors import AskProError, InfrastructureError


class Diary(Protocol):
    """The appointments of a branch."""

    async def on(self, call: Call, day: date) -> list[Found]:
        """Those still to come of that day."""
        ...


@dataclass(frozen=True, slots=True)
class _Missing:
    """``person``, who has nothing free on ``day``; ``free``: when they have."""

    person: str
    day: date
    free: Sequence[FreeSlot]


@dataclass(frozen=True, slots=True)
class WishedPerson:
    """Nobody has entered who works when: it is read off the calendar."""

    offering: Offering
    diary: Diary

    async def instead(self, call: Call, target: Target, wanted: Wanted) -> Answer | None:
        """None where no one person was wished for on a day, or they have something free on it."""
        person, day = _person(call, target), wanted.day
        if person is None or day is None or is_closed(call, day) or is_too_far(call.branch, call.now, day):
            return None
        free = await self._free(call, target, day)
        if free is None or any(slot.start.astimezone(call.zone).date() == day for slot in free):
            return None
        return await self._told(call, target, wanted, _Missing(person, day, free))

    async def _told(self, call: Call, target: Target, wanted: Wanted, missing: _Missing) -> Answer:
        away = bool(missing.free) and await self._is_away(call, target, missing)
        key = "staff_away" if away else "staff_full"
        values = {"person": missing.person, "day": day_of(call, missing.day)}
        others = await self._of_colleagues(call, target, wanted, missing.day)
        own = on_other_days(missing.free, wanted, missing.day, call.zone, MOST - len(others))
        if not (own or others):
            return reply(call, "staff_full_only", None, **values)
        return told(call, key, await self.offering.offers.make(call, target.key, (*own, *others)), **values)

    async def _of_colleagues(
        self, call: Call, target: Target, wanted: Wanted, day: date
    ) -> tuple[FreeSlot, ...]:
        """The time that day which is nearest to the wish, of anybody else."""
        colleagues = colleagues_of(target)
        free = await self._free(call, colleagues, day) if colleagues else None
        return nearest_on(free or (), wanted, day, call.zone)

    async def _free(self, call: Call, target: Target, day: date) -> list[FreeSlot] | None:
        """None where the calendar does not say; who looks for the answer itself is told why."""
        try:
            return await self.offering.free(call, target, day)
        except AskProError:
            return None

    async def _is_away(self, call: Call, target: Target, missing: _Missing) -> bool:
        """With no appointment on a day of which not an hour is over, nor within the notice of the branch."""
        notice = timedelta(minutes=call.branch.booking_notice_minutes or 0)
        if missing.day <= (call.now + notice).astimezone(call.zone).date():
            return False
        numbers = {number for number, _ in target.event_types}
        try:
            booked = await self.diary.on(call, missing.day)
        except InfrastructureError:
            # Nothing free is true in any case.
            return False
        return not any(_is_theirs(found, numbers, missing.person) for found in booked)


def _person(call: Call, target: Target) -> str | None:
    """The name of the one who was wished for."""
    keys = {key for _, key in target.event_types}
    names = {staff_name(call, key) for key in keys if key is not None}
    return names.pop() if target.wished and len(names) == len(keys) == 1 else None


def _is_theirs(found: Found, event_types: Container[int | None], person: str) -> bool:
    named = found.host_name is not None and sounds_like(person, found.host_name)
    return named or found.event_type_id in event_types
