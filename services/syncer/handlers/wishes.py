"""``booking.requested`` → booked at Cal.com, or somebody is called back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.syncer.handlers.bookings import Appointments
from services.syncer.merge.alternatives import alternatives
from services.syncer.merge.reading import read_observation
from shared.contracts.branch import Branch
from shared.contracts.envelope import now
from shared.contracts.events import BookingRequested
from shared.errors import TransientError


@dataclass(frozen=True, slots=True)
class Booked:
    """It is in the calendar, with our token; ``booking`` is Cal.com's object."""

    booking: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody else has that time."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It can never be booked like this. ``reason``: one word."""

    reason: str


Answer = Booked | Taken | Refused


class Desk(Protocol):
    """Cal.com, asked on behalf of a wish."""

    async def find(self, wish: BookingRequested) -> Mapping[str, Any] | None:
        """The booking with the wish's token, whatever became of it."""
        ...

    async def book(self, wish: BookingRequested, start: datetime) -> Answer:
        """Book at ``start``. Raises UnknownOutcomeError: perhaps it was booked; look before you ask again."""
        ...

    async def free(self, wish: BookingRequested) -> Sequence[datetime]:
        """Free starts around the wish."""
        ...


class Wishes(Protocol):
    """What became of each wish."""

    async def note(self, wish: BookingRequested) -> None:
        """Write it down, where the caller's own process could not."""
        ...

    async def take(self, wish: BookingRequested) -> bool:
        """It is ours from now on; False where somebody has booked or refused it already."""
        ...

    async def branch(self, wish: BookingRequested) -> Branch | None:
        """The branch it is for, None where we do not know it."""
        ...

    async def fail(self, wish: BookingRequested, reason: str) -> None:
        """Write that it failed, and that the caller has to be called back."""
        ...


@dataclass(frozen=True, slots=True)
class BookWish:
    """Looks for the token before it books: a lost answer, a redelivery, a copy never book twice."""

    desk: Desk
    wishes: Wishes
    appointments: Appointments

    async def __call__(self, wish: BookingRequested) -> None:
        await self.wishes.note(wish)
        _wait_until_due(wish)
        if not await self.wishes.take(wish):
            return
        match await self._answer(wish):
            case Booked(booking):
                change = read_observation(booking, now())
                await self.appointments.merge(wish.company_id, [change] if change else [])
            case Taken():
                await self.wishes.fail(wish, "taken")
            case Refused(reason):
                await self.wishes.fail(wish, reason)

    async def _answer(self, wish: BookingRequested) -> Answer:
        if (found := await self.desk.find(wish)) is not None:
            return Booked(found)
        answer = await self._book(wish)
        if isinstance(answer, Taken) and (found := await self.desk.find(wish)) is not None:
            # Another copy of this wish was faster: it is we who took the time.
            return Booked(found)
        return answer

    async def _book(self, wish: BookingRequested) -> Answer:
        if wish.start <= now():
            return Refused("past")
        answer = await self.desk.book(wish, wish.start)
        if not isinstance(answer, Taken):
            return answer
        free = await self.desk.free(wish)
        if wish.start in free:
            # A round robin says "taken" of one host while another is free: once more is worth it.
            answer = await self.desk.book(wish, wish.start)
        if isinstance(answer, Taken) and wish.accept_nearest:
            return await self._nearest(wish, free)
        return answer

    async def _nearest(self, wish: BookingRequested, free: Sequence[datetime]) -> Answer:
        branch = await self.wishes.branch(wish)
        for start in alternatives(wish.start, wish.duration_minutes, free, branch, now()):
            answer = await self.desk.book(wish, start)
            if not isinstance(answer, Taken):
                return answer
        return Taken()


def _wait_until_due(wish: BookingRequested) -> None:
    seconds = (wish.due - now()).total_seconds() if wish.due else 0.0
    if seconds > 0:
        raise TransientError(f"not due before {wish.due}", retry_after=seconds)
