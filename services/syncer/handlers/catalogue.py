"""What can be booked at Cal.com is read regularly: no webhook tells when it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.syncer.handlers.repair import at_most_eight
from services.syncer.merge.closed_hours import FreeTime, HoursWarning, closed_hours
from services.syncer.merge.listing import Listing
from shared.contracts.branch import Branch
from shared.contracts.catalogue import EventType, event_types_of
from shared.contracts.hours import knows_hours
from shared.errors import AskProError


class Catalogues(Protocol):
    """What we know of each company's event types, and what its branches offer."""

    async def claim(self, every: float) -> Sequence[str]:
        """Companies whose turn it is."""
        ...

    async def write(self, company_id: str, listing: Listing) -> bool:
        """Keep what Cal.com lists; whether anything but a warning is other than it was."""
        ...

    async def branches(self, company_id: str) -> Sequence[Branch]:
        """Those that were not given up."""
        ...

    async def warn(self, company_id: str, warnings: Mapping[int, Sequence[HoursWarning]]) -> None:
        """Replace the warnings of these event types."""
        ...


class EventTypes(Protocol):
    """A company's event types at Cal.com."""

    async def list_all(self, company_id: str) -> Listing | None:
        """Its own and its teams'; None where there is no key."""
        ...

    async def free_times(self, company_id: str, event_type: EventType) -> Sequence[FreeTime]:
        """What Cal.com offers within the next two weeks; empty where it refuses to say."""
        ...


class Report(Protocol):
    """Where it is said what changed, and what could not be read."""

    def __call__(self, company_id: str, *, changed: bool = False, error: Exception | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class SyncCatalogue:
    """One round. A company that cannot be read now keeps what is known of it until its next turn."""

    catalogues: Catalogues
    event_types: EventTypes
    report: Report
    every: float

    async def __call__(self) -> None:
        await at_most_eight([self._one(company) for company in await self.catalogues.claim(self.every)])

    async def _one(self, company_id: str) -> None:
        try:
            changed = await self._read(company_id)
        except AskProError as error:
            self.report(company_id, error=error)
        else:
            self.report(company_id, changed=changed)

    async def _read(self, company_id: str) -> bool:
        listing = await self.event_types.list_all(company_id)
        if listing is None:
            return False
        changed = await self.catalogues.write(company_id, listing)
        await self._warn(company_id, listing.event_types)
        return changed

    async def _warn(self, company_id: str, event_types: Sequence[EventType]) -> None:
        """Only what a branch with opening hours offers is asked for: each costs a request."""
        branches = [each for each in await self.catalogues.branches(company_id) if knows_hours(each)]
        found: dict[int, Sequence[HoursWarning]] = {}
        for event_type in event_types:
            offering = [each for each in branches if event_type.id in event_types_of(each)]
            free = await self.event_types.free_times(company_id, event_type) if offering else ()
            found[event_type.id] = [warning for branch in offering for warning in closed_hours(branch, free)]
        await self.catalogues.warn(company_id, found)
