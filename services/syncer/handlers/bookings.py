"""Cal.com's webhooks, and looks at Cal.com → appointments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.syncer.handlers.tenant import company_of
from services.syncer.merge.booking import Change
from services.syncer.merge.reading import read_observation, read_webhook
from shared.contracts.calcom import CalcomWebhook
from shared.contracts.envelope import Envelope, now
from shared.contracts.events import BookingHinted, BookingObserved
from shared.errors import InvalidEventError


class Appointments(Protocol):
    """Where bookings are merged."""

    async def merge(
        self, company_id: str, changes: Sequence[Change], doubts: Sequence[BookingHinted] = ()
    ) -> None:
        """Merge and tell; the bookings in doubt are looked at later."""
        ...


class Calendar(Protocol):
    """A company's bookings at Cal.com."""

    async def series(self, company_id: str, uid: str) -> Sequence[dict[str, Any]]:
        """The booking, with all others of its series; empty where Cal.com cannot be asked or has none."""
        ...


@dataclass(frozen=True, slots=True)
class SyncBooking:
    """Merge what a webhook says; the order in which webhooks arrive does not matter."""

    appointments: Appointments

    async def __call__(self, event: Envelope) -> None:
        company_id = company_of(event)
        received = event.attributes.time
        reading = read_webhook(event.type, event.data, received)
        if reading is None:
            raise InvalidEventError(f"{event.type}: the booking's uid is missing")
        hinted_at = CalcomWebhook.read(event.data).created_at or received
        doubts = [
            BookingHinted(company_id=company_id, uid=uid, hinted_at=hinted_at) for uid in reading.doubts
        ]
        await self.appointments.merge(company_id, reading.changes, doubts)


@dataclass(frozen=True, slots=True)
class SyncObservedBooking:
    """Merge what repair has seen at Cal.com: the only source that may move a booking down."""

    appointments: Appointments

    async def __call__(self, event: BookingObserved) -> None:
        change = read_observation(event.booking, event.observed_at)
        if change is None:
            raise InvalidEventError("booking.observed: the booking has no uid or no updatedAt")
        await self.appointments.merge(event.company_id, [change])


@dataclass(frozen=True, slots=True)
class LookAtBooking:
    """A webhook was only a hint (seats, a series): ask Cal.com and merge what it says."""

    calendar: Calendar
    appointments: Appointments

    async def __call__(self, event: BookingHinted) -> None:
        looked_at: datetime = now()
        found = await self.calendar.series(event.company_id, event.uid)
        changes = [change for booking in found if (change := read_observation(booking, looked_at))]
        await self.appointments.merge(event.company_id, changes)
