"""Appointments: changes are merged into rows, and what people have to hear leaves in the same transaction."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.booking import Change, merge
from services.syncer.merge.outcomes import tell
from services.syncer.store.appointment_events import event_of
from services.syncer.store.appointment_rows import locked, state_of, write
from services.syncer.store.call_outcomes import note_outcome
from services.syncer.store.customers import Attendee, Customers
from services.syncer.store.places import place_of
from shared.contracts import names
from shared.contracts.events import BookingHinted
from shared.db.engine import Database
from shared.db.holds import let_go
from shared.db.outbox import emit
from shared.db.scheduled import emit_later
from shared.db.tables import Appointment, Booking, Customer
from shared.observability.context import bind

#: Cal.com sends its webhooks before it writes: a look taken sooner would find the state before.
_LOOK_AFTER_SECONDS: Final = 30.0
_LIVE: Final = frozenset({"accepted", "pending"})


class Bookings:
    """Writes ``appointments``, ``customers`` and what hangs on them."""

    def __init__(self, database: Database, *, source: str, customers: Customers) -> None:
        self._database = database
        self._source = source
        self._customers = customers

    async def merge(
        self, company_id: str, changes: Sequence[Change], doubts: Sequence[BookingHinted] = ()
    ) -> None:
        """Merge ``changes``, emit what people have to hear, and schedule a look at the bookings in doubt.

        Idempotent; concurrent merges of one booking wait for each other.
        """
        async with self._database.settling() as session:
            # All rows first and in order: two reschedules of the same pair cannot wait for each other.
            rows = {uid: await locked(session, company_id, uid) for uid in sorted({c.uid for c in changes})}
            for change in changes:
                await self._merge(session, rows[change.uid], change)
            for doubt in doubts:
                await self._look_later(session, doubt)

    async def _merge(self, session: AsyncSession, row: Appointment, change: Change) -> None:
        bind(call_id=row.call_id, branch_id=row.branch_id)
        before = state_of(row)
        after, outcomes = tell(merge(before, change))
        if after == before:
            return
        write(row, after)
        with session.no_autoflush:  # one UPDATE instead of three
            customer = await self._link(session, row, change.language)
        bind(call_id=row.call_id, branch_id=row.branch_id)
        await session.flush()
        if row.call_id is not None:
            await note_outcome(session, row.company_id, row.call_id)
        for outcome in outcomes:
            event = await event_of(session, row, outcome, self._customers, customer, change.language)
            await emit(session, event, source=self._source)
        if row.status == "unknown":
            # Heard of in passing only (a meeting, an absence): what it is, Cal.com knows.
            await self._look_later(
                session,
                BookingHinted(company_id=row.company_id, uid=row.calcom_uid, hinted_at=row.created_at),
            )

    async def _look_later(self, session: AsyncSession, doubt: BookingHinted) -> None:
        await emit_later(
            session, doubt, source=self._source, queue=names.SYNCER_BOOKINGS, delay=_LOOK_AFTER_SECONDS
        )

    async def _link(self, session: AsyncSession, row: Appointment, language: str | None) -> Customer | None:
        """Attempt, branch and customer, where they are not known yet; the customer, where there is one."""
        attempt = await _attempt(session, row)
        if attempt is not None and row.call_id is None:
            row.call_id = attempt.call_id
        await _place(session, row, attempt.branch_id if attempt else None)
        if row.customer_id is not None:
            return await session.get(Customer, row.customer_id)
        attendee = Attendee(row.attendee_name, row.attendee_email, row.attendee_phone, language)
        customer = await self._customers.identify(session, row.company_id, attendee)
        row.customer_id = customer.id if customer else None
        return customer


async def _attempt(session: AsyncSession, row: Appointment) -> Booking | None:
    """The attempt by phone that made this booking.

    One that was handed to us is settled by it. While the caller is on the line the attempt belongs to whoever
    speaks with them: Cal.com sends its webhook before it answers.
    """
    attempt = await session.get(Booking, (row.company_id, row.token)) if row.token else None
    if attempt is not None and attempt.state == "requested" and row.status in _LIVE:
        attempt.state, attempt.calcom_uid = "booked", row.calcom_uid
        await let_go(session, attempt.company_id, attempt.event_type_id, attempt.start_at, attempt.call_id)
    return attempt


async def _place(session: AsyncSession, row: Appointment, preferred: str | None) -> None:
    if row.branch_id is not None:
        return
    place = await place_of(session, row.company_id, row.event_type_id, preferred)
    if place is not None:
        row.branch_id, row.service_key = place.branch_id, place.service_key
