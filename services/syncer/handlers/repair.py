"""Cal.com sends each webhook once: what it changed is read regularly, so that a lost one is made good."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import starmap
from typing import Any, Final, Protocol

from services.syncer.store.repairs import NOTHING, Kept
from shared.contracts.envelope import now
from shared.contracts.events import BookingObserved
from shared.errors import AskProError

#: Clocks differ and Cal.com's list lags behind its writes.
#: Each waits for its own provider and its own budget; the database has 12 connections for all of us.
_AT_ONCE: Final = 8
_OVERLAP: Final = timedelta(minutes=2)


class Positions(Protocol):
    """How far each company was read."""

    async def claim(self, every: float) -> dict[str, datetime]:
        """Companies whose turn it is, with their positions."""
        ...

    async def keep(self, company_id: str, found: Sequence[BookingObserved], position: datetime) -> Kept:
        """Emit what is new and remember the position."""
        ...


class ChangedBookings(Protocol):
    """A company's bookings at Cal.com."""

    async def changed_since(self, company_id: str, since: datetime) -> Sequence[dict[str, Any]]:
        """Cal.com's objects with a later ``updatedAt``; empty where there is no key."""
        ...


class Report(Protocol):
    """Where it is said what was repaired, and what could not be read."""

    def __call__(self, company_id: str, *, found: Kept = NOTHING, error: Exception | None = None) -> None: ...


async def eight_at_once(
    companies: Mapping[str, datetime], read: Callable[[str, datetime], Awaitable[Kept]], report: Report
) -> None:
    """Read every company from its position on; one that fails or hangs is reported and holds up no other.

    Raises:
        Exception: a bug, after everybody had their turn.
    """

    async def one(company_id: str, position: datetime) -> None:
        try:
            found = await read(company_id, position)
        except AskProError as error:
            report(company_id, error=error)
        else:
            report(company_id, found=found)

    await at_most_eight(starmap(one, companies.items()))


async def at_most_eight(turns: Iterable[Awaitable[None]]) -> None:
    """Each to its end, eight at a time.

    Raises:
        Exception: the first that one of them raised, after everybody had their turn.
    """
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(turn: Awaitable[None]) -> None:
        async with places:
            await turn

    results = await asyncio.gather(*map(one, turns), return_exceptions=True)
    for bug in (result for result in results if result is not None):
        raise bug


@dataclass(frozen=True, slots=True)
class RepairBookings:
    """One round. A company that cannot be read now does not hold up the others: its position stays."""

    positions: Positions
    calendar: ChangedBookings
    report: Report
    every: float

    async def __call__(self) -> None:
        await eight_at_once(await self.positions.claim(self.every), self._read, self.report)

    async def _read(self, company_id: str, position: datetime) -> Kept:
        began = now()
        bookings = await self.calendar.changed_since(company_id, position - _OVERLAP)
        found = [event for booking in bookings if (event := _observed(company_id, booking)) is not None]
        newest = max((event.updated_at for event in found), default=position)
        return await self.positions.keep(company_id, found, min(newest, began))


def _observed(company_id: str, booking: dict[str, Any]) -> BookingObserved | None:
    uid, updated_at = booking.get("uid"), booking.get("updatedAt")
    if not isinstance(uid, str) or not isinstance(updated_at, str):
        return None
    return BookingObserved.model_validate(
        {
            "company_id": company_id,
            "uid": uid,
            "updated_at": updated_at,
            "observed_at": now(),
            "booking": booking,
        }
    )
