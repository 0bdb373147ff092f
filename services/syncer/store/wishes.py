"""What became of the wishes that could not be booked during the call."""

from typing import Any, Final

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.store.call_outcomes import note_outcome
from services.syncer.store.callbacks import ask
from services.syncer.store.places import zone_and_service
from shared.contracts.branch import Branch
from shared.contracts.events import BookingRequested, BookingRequestFailed, CallbackRequested
from shared.contracts.ids import digest
from shared.contracts.voice import About, language_of, wish_failed
from shared.db import tables
from shared.db.engine import Database
from shared.db.holds import let_go
from shared.db.outbox import emit

_SETTLED: Final = frozenset({"booked", "refused"})
_LEFT: Final = frozenset({"started", "pending"})


class Wishes:
    """Reads and writes ``bookings``; writes ``callbacks``."""

    def __init__(self, database: Database, *, source: str) -> None:
        self._database = database
        self._source = source

    async def note(self, wish: BookingRequested) -> None:
        """Write the attempt, unless it has its row: without a database the broker alone was told of it."""
        row = _row(wish, "requested", {"outcome": "requested"})
        async with self._database.transaction() as session:
            await session.execute(insert(tables.Booking).values(row).on_conflict_do_nothing())

    async def take(self, wish: BookingRequested) -> bool:
        """Neither booked nor refused. An attempt that its process has left behind is ours as well.

        Once it is requested the booking settles it, and no sweep hands it to us again.
        """
        async with self._database.transaction() as session:
            attempt = await session.get(tables.Booking, (wish.company_id, wish.token), with_for_update=True)
            if attempt is not None and attempt.state in _LEFT:
                attempt.state, attempt.result = "requested", {"outcome": "requested"}
            return attempt is None or attempt.state not in _SETTLED

    async def branch(self, wish: BookingRequested) -> Branch | None:
        """The branch as it was entered."""
        async with self._database.transaction() as session:
            row = await session.get(tables.Branch, (wish.company_id, wish.branch_id))
        return Branch.model_validate(row.document) if row else None

    async def fail(self, wish: BookingRequested, reason: str) -> None:
        """Refused for good: the attempt says so, a callback waits, and people are told. Idempotent."""
        async with self._database.settling() as session:
            await _refuse(session, wish, reason)
            await emit(session, _failed(wish, reason), source=self._source)
            await ask(session, _callback(wish, await _about(session, wish), reason), source=self._source)
            await note_outcome(session, wish.company_id, wish.call_id)


async def _refuse(session: AsyncSession, wish: BookingRequested, reason: str) -> None:
    await session.execute(
        insert(tables.Booking)
        .values(_row(wish, "refused", {"reason": reason}))
        .on_conflict_do_update(
            index_elements=[tables.Booking.company_id, tables.Booking.token],
            set_={"state": "refused", "result": {"reason": reason}, "updated_at": func.now()},
        )
    )
    await let_go(session, wish.company_id, wish.event_type_id, wish.start, wish.call_id)


def _row(wish: BookingRequested, state: str, result: dict[str, Any]) -> dict[str, Any]:
    return {
        "company_id": wish.company_id,
        "token": wish.token,
        "call_id": wish.call_id,
        "branch_id": wish.branch_id,
        "kind": "book",
        "state": state,
        "event_type_id": wish.event_type_id,
        "start_at": wish.start,
        "request": wish.model_dump(mode="json"),
        "result": result,
    }


def _callback(wish: BookingRequested, about: About, reason: str) -> CallbackRequested:
    return CallbackRequested(
        company_id=wish.company_id,
        callback_id=f"callback_{digest(f'{wish.company_id}:{wish.token}')[:20]}",
        branch_id=wish.branch_id,
        call_id=wish.call_id,
        reason=wish_failed(about, wish.start, reason),
        kind="wish",
        phone=wish.customer.phone,
        customer_name=wish.customer.name,
    )


async def _about(session: AsyncSession, wish: BookingRequested) -> About:
    """For the person who calls back: their language, the branch's time, the service by its name."""
    company = await session.get(tables.Company, wish.company_id)
    zone, service = await zone_and_service(session, wish.company_id, wish.branch_id, wish.service_key)
    language = language_of(company.language if company else "")
    return About(language, zone or wish.timezone, service or wish.service_key)


def _failed(wish: BookingRequested, reason: str) -> BookingRequestFailed:
    return BookingRequestFailed(
        company_id=wish.company_id,
        token=wish.token,
        branch_id=wish.branch_id,
        call_id=wish.call_id,
        service_key=wish.service_key,
        start=wish.start,
        timezone=wish.timezone,
        customer=wish.customer,
        reason=reason,
    )
