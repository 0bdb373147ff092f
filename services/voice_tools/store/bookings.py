"""Attempts to book: a row before the first byte leaves for Cal.com, so that no wish is ever lost.

started → booked | refused | requested; pending is started, and the caller was told that it takes a moment.
What a dead process left behind becomes ``booking.requested`` and is looked up before it is booked again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.voice_tools.store.callbacks import add_callback
from services.voice_tools.store.holds import ATTEMPT, WISH, hold, of_wish, release
from services.voice_tools.store.pending import OPEN, STATES, abandoned, note_pending, result_of
from services.voice_tools.store.standing import standing_of
from services.voice_tools.store.written import written
from services.voice_tools.values import Attempted, Call, Offer, Outcome, Result, Wish
from shared.contracts.events import BookingRequested, CallbackRequested
from shared.contracts.ids import digest
from shared.contracts.voice import wish_failed
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Booking
from shared.observability.context import Cause, working_on

SOURCE: Final = "voice_tools"
#: A line that dropped is dialled again within this time.
_CALLS_AGAIN: Final = timedelta(minutes=30)
#: Cal.com may still be at it: a look earlier than this could miss the booking that is being made.
SETTLES_AFTER: Final = timedelta(seconds=30)


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
        rows = await self._found(query)
        return (await self._as_they_are_now(rows[-1:], len(rows)))[0] if rows else None

    async def open_elsewhere(self, wish: Wish) -> list[Attempted]:
        """Wishes of this number for this service in other calls of the last half hour, whoever they are for.

        Those that are open, and those whose end nobody may have heard. Raises InfrastructureError.
        """
        if wish.request.customer.phone is None:
            return []
        rows = await self._found(_unheard(wish.request))
        return await self._as_they_are_now(rows, 1) if rows else []

    async def _found(self, query: Select[Booking]) -> Sequence[Row[Any]]:
        """Mostly none: that costs one round trip."""
        async with self._database.single() as connection:
            return (await connection.execute(query)).all()

    async def _as_they_are_now(self, rows: Sequence[Row[Any]], number: int) -> list[Attempted]:
        async with self._database.transaction() as session:
            return [await _attempted(session, row, number) for row in rows]

    async def begin(self, wish: Wish) -> Result | None:
        """Commit the wish and hold its slot; None where that is done. Raises InfrastructureError.

        ``taken``: another caller of ours is about to get it. ``Attempted``: this very wish is being tried.
        """
        async with self._database.transaction() as session:
            if not await hold(session, of_wish(wish.request), ATTEMPT):
                return Outcome("taken", reason="taken")
            row = await session.execute(_started(wish))
            return None if row.first() else Attempted("started", token=wish.token)

    async def told_pending(self, company_id: str, token: str) -> bool:
        """Note that a caller was told to wait for an attempt that another process may be making.

        False where it is settled already; while the database is away the sweep will tell.
        """
        return await note_pending(self._database, company_id, token)

    async def finish(self, wish: Wish, outcome: Outcome, *, waited: bool) -> bool:
        """Write the outcome and what it causes in one transaction; True where a caller was told to wait.

        ``waited``: by this process. With the database away for long the row stays as it is, and the sweep
        takes it over.
        """
        what = f"booking {digest(wish.token)[:12]}"
        return await written(self._database, lambda session: _finish(session, wish, outcome, waited), what)

    async def missed(self, wish: Wish, outcome: Outcome) -> None:
        """Nothing was begun, and the caller was told to wait: a person calls. Raises InfrastructureError."""
        async with self._database.transaction() as session:
            await add_callback(session, _missed(wish, outcome), source=SOURCE)

    async def take_over_abandoned(self) -> int:
        """Hand what no process is working on any more to the syncer; how many."""
        async with self._database.transaction() as session:
            rows = (await session.scalars(abandoned(Booking.kind == "book"))).all()
            for row in rows:
                with working_on("take-over", Cause(row.call_id, company_id=row.company_id)):
                    await _request(session, BookingRequested.model_validate(row.request), due=None)
        return len(rows)


def _unheard(wish: BookingRequested) -> Select[Booking]:
    unheard = Booking.result["waited"].as_boolean() | (Booking.result["outcome"].as_string() == "requested")
    return select(Booking).where(
        Booking.company_id == wish.company_id,
        Booking.created_at > func.now() - _CALLS_AGAIN,
        Booking.kind == "book",
        Booking.call_id != wish.call_id,
        Booking.start_at > func.now(),
        Booking.request["customer"]["phone"].as_string() == wish.customer.phone,
        Booking.request["service_key"].as_string() == wish.service_key,
        Booking.state.in_((*OPEN, "requested")) | ((Booking.state == "booked") & unheard),
    )


def values_of(request: BookingRequested, state: str) -> dict[str, Any]:
    """The row of an attempt."""
    return {
        "company_id": request.company_id,
        "token": request.token,
        "call_id": request.call_id,
        "branch_id": request.branch_id,
        "kind": "book",
        "state": state,
        "event_type_id": request.event_type_id,
        "start_at": request.start,
        "request": request.model_dump(mode="json"),
    }


def _started(wish: Wish) -> Any:
    statement = insert(Booking).values(values_of(wish.request, "started"))
    return statement.on_conflict_do_nothing().returning(Booking.token)


async def _attempted(session: AsyncSession, row: Row[Any], number: int) -> Attempted:
    """The attempt as it is now: what was booked may have been moved or cancelled since."""
    name = (row.request.get("customer") or {}).get("name") or ""
    attempt = Attempted(row.state, row.calcom_uid, row.start_at, number=number, token=row.token, name=name)
    if row.state != "booked" or row.calcom_uid is None:
        return attempt
    now = await standing_of(session, row.company_id, row.call_id, row.calcom_uid)
    if now.over or (now.moved and now.start != row.start_at):
        return replace(attempt, state="refused")
    outcome = "pending" if (row.result or {}).get("outcome") == "awaiting" else "accepted"
    awaiting = (now.status or outcome) == "pending"
    return replace(attempt, uid=now.uid, start=now.start or row.start_at, awaiting=awaiting)


def _is(wish: BookingRequested) -> tuple[Any, Any]:
    return Booking.company_id == wish.company_id, Booking.token == wish.token


async def _finish(session: AsyncSession, wish: Wish, outcome: Outcome, told: bool) -> bool:  # noqa: FBT001  # as the row has it
    request = wish.request
    row = await session.get(Booking, (request.company_id, wish.token), with_for_update=True)
    if row is None or row.state not in OPEN:
        return False
    waited = told or row.state == "pending"
    state = STATES.get(outcome.kind)
    if state is None:
        due = datetime.now(UTC) + SETTLES_AFTER if outcome.kind == "unknown" else None
        await _request(session, request, due=due)
        return waited
    await release(session, of_wish(request))
    row.state, row.calcom_uid, row.updated_at = state, outcome.uid, datetime.now(UTC)
    row.result = result_of(outcome, waited=waited)
    if waited and state == "refused":
        await add_callback(session, _missed(wish, outcome), source=SOURCE)
    return waited


async def _request(session: AsyncSession, wish: BookingRequested, *, due: datetime | None) -> None:
    requested = {"state": "requested", "result": {"outcome": "requested"}, "updated_at": func.now()}
    await session.execute(update(Booking).where(*_is(wish)).values(requested))
    # The slot may be ours already, and nobody else of ours gets it while the wish waits.
    await hold(session, of_wish(wish), WISH)
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
        kind="wish",
        phone=request.customer.phone,
        customer_name=request.customer.name,
    )
