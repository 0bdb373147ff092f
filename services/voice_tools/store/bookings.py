"""Attempts to book: a row before the first byte leaves for Cal.com, so that no wish is ever lost.

started → booked | refused | requested; pending is started, and the caller was told that it takes a moment.
What a dead process left behind becomes ``booking.requested`` and is looked up before it is booked again.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.voice_tools.store.callbacks import add_callback
from services.voice_tools.store.pending import note_pending, result_of
from services.voice_tools.store.standing import standing_of
from services.voice_tools.values import Attempted, Call, Offer, Outcome, Wish
from shared.contracts.events import BookingRequested, CallbackRequested
from shared.contracts.ids import digest
from shared.contracts.voice import wish_failed
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Booking, SlotHold
from shared.errors import InfrastructureError
from shared.observability.context import Cause, working_on
from shared.observability.logging import get_logger

_log = get_logger("bookings")
SOURCE: Final = "voice_tools"
#: Longer than any attempt: create, once without the number, one look-up, 8.5 s each.
_ABANDONED: Final = timedelta(seconds=60)
_HOLD: Final = timedelta(seconds=60)
#: Cal.com may still be at it: a look earlier than this could miss the booking that is being made.
_SETTLES_AFTER: Final = timedelta(seconds=30)
_OPEN: Final = ("started", "pending")
_STATES: Final = {"done": "booked", "awaiting": "booked", "taken": "refused", "refused": "refused"}


class Bookings:
    """Rows of ``bookings`` with kind book, and the holds of our own callers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, call: Call, offer: Offer) -> Attempted | None:
        """What became of this call's last attempt at the slot. Raises InfrastructureError."""
        query = (
            select(Booking)
            .where(
                Booking.company_id == call.company_id,
                Booking.call_id == call.call_id,
                Booking.kind == "book",
                Booking.event_type_id == offer.slot.event_type_id,
                Booking.start_at == offer.slot.start,
            )
            .order_by(Booking.created_at)
        )
        async with self._database.transaction() as session:
            rows = (await session.scalars(query)).all()
            return await _attempted(session, rows[-1], len(rows)) if rows else None

    async def begin(self, wish: Wish) -> Literal["begun", "held", "underway"]:
        """Commit the wish and hold its slot. ``held``: another caller of ours is about to get it.

        ``underway``: this very wish is being tried elsewhere.
        """
        async with self._database.transaction() as session:
            if not await _hold(session, wish.request):
                return "held"
            row = await session.execute(_started(wish))
            return "begun" if row.first() else "underway"

    async def told_pending(self, wish: Wish) -> bool:
        """Note that the caller was told to wait: whatever comes now has to be told as well.

        False where it is settled already; while the database is away the sweep will tell.
        """
        return await note_pending(self._database, wish.request.company_id, wish.token)

    async def finish(self, wish: Wish, outcome: Outcome) -> bool:
        """Write the outcome and what it causes in one transaction; True where the caller was told to wait.

        With the database away the row stays as it is, and the sweep takes it over.
        """
        try:
            async with self._database.transaction() as session:
                return await _finish(session, wish, outcome)
        except InfrastructureError as error:
            _log.warning("booking.unrecorded", token_digest=digest(wish.token)[:12], reason=str(error))
            return False

    async def take_over_abandoned(self) -> int:
        """Hand what no process is working on any more to the syncer; how many."""
        query = (
            select(Booking)
            .where(
                Booking.kind == "book",
                Booking.state.in_(_OPEN),
                Booking.updated_at < func.now() - _ABANDONED,
            )
            .limit(50)
            .with_for_update(skip_locked=True)
        )
        async with self._database.transaction() as session:
            rows = (await session.scalars(query)).all()
            for row in rows:
                with working_on("take-over", Cause(row.call_id, company_id=row.company_id)):
                    await _request(session, BookingRequested.model_validate(row.request), due=None)
        return len(rows)


async def _hold(session: AsyncSession, wish: BookingRequested) -> bool:
    statement = insert(SlotHold).values(
        company_id=wish.company_id,
        event_type_id=wish.event_type_id,
        start_at=wish.start,
        call_id=wish.call_id,
        expires_at=datetime.now(UTC) + _HOLD,
    )
    row = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["company_id", "event_type_id", "start_at"],
            set_={"call_id": statement.excluded.call_id, "expires_at": statement.excluded.expires_at},
            where=(SlotHold.expires_at < func.now()) | (SlotHold.call_id == statement.excluded.call_id),
        ).returning(SlotHold.call_id)
    )
    return row.first() is not None


def _started(wish: Wish) -> Any:
    request = wish.request
    statement = insert(Booking).values(
        company_id=request.company_id,
        token=request.token,
        call_id=request.call_id,
        branch_id=request.branch_id,
        kind="book",
        state="started",
        event_type_id=request.event_type_id,
        start_at=request.start,
        request=request.model_dump(mode="json"),
    )
    return statement.on_conflict_do_nothing().returning(Booking.token)


async def _attempted(session: AsyncSession, row: Booking, number: int) -> Attempted:
    """The attempt as it is now: what was booked may have been moved or cancelled since."""
    if row.state != "booked" or row.calcom_uid is None:
        return Attempted(row.state, row.calcom_uid, number=number)
    now = await standing_of(session, row.company_id, row.call_id, row.calcom_uid)
    if now.over or (now.moved and now.start != row.start_at):
        return Attempted("refused", number=number)
    outcome = "pending" if (row.result or {}).get("outcome") == "awaiting" else "accepted"
    awaiting = (now.status or outcome) == "pending"
    return Attempted("booked", now.uid, now.start, awaiting=awaiting, number=number)


def _is(wish: BookingRequested) -> tuple[Any, Any]:
    return Booking.company_id == wish.company_id, Booking.token == wish.token


async def _finish(session: AsyncSession, wish: Wish, outcome: Outcome) -> bool:
    request = wish.request
    row = await session.get(Booking, (request.company_id, wish.token), with_for_update=True)
    if row is None or row.state not in _OPEN:
        return False
    waited = row.state == "pending"
    state = _STATES.get(outcome.kind)
    if state is None:
        # The hold stays until it expires: the slot may be ours already.
        due = datetime.now(UTC) + _SETTLES_AFTER if outcome.kind == "unknown" else None
        await _request(session, request, due=due)
        return waited
    await session.execute(
        delete(SlotHold).where(SlotHold.company_id == request.company_id, SlotHold.call_id == request.call_id)
    )
    row.state, row.calcom_uid, row.updated_at = state, outcome.uid, datetime.now(UTC)
    row.result = result_of(outcome, waited=waited)
    if waited and state == "refused":
        await add_callback(session, _missed(wish, outcome), source=SOURCE)
    return waited


async def _request(session: AsyncSession, wish: BookingRequested, *, due: datetime | None) -> None:
    requested = {"state": "requested", "result": {"outcome": "requested"}, "updated_at": func.now()}
    await session.execute(update(Booking).where(*_is(wish)).values(requested))
    await emit(session, wish.model_copy(update={"due": due}), source=SOURCE)


def _missed(wish: Wish, outcome: Outcome) -> CallbackRequested:
    """Somebody was told that it takes a moment and then it could not be had: a person has to call."""
    request = wish.request
    return CallbackRequested(
        company_id=request.company_id,
        callback_id="callback_" + digest(wish.token)[:20],
        branch_id=request.branch_id,
        call_id=request.call_id,
        reason=wish_failed(wish.about, request.start, outcome.reason),
        phone=request.customer.phone,
        customer_name=request.customer.name,
    )
