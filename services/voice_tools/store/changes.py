"""Attempts to move or cancel an appointment; what cannot be settled becomes a callback: a person looks."""

from typing import Final

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.voice_tools.store.callbacks import add_callback
from services.voice_tools.store.holds import ATTEMPT, Held, hold, release
from services.voice_tools.store.pending import OPEN, STATES, abandoned, note_pending, result_of
from services.voice_tools.store.written import written
from services.voice_tools.values import Attempted, Change, Outcome, Result
from shared.contracts.events import CallbackRequested
from shared.contracts.ids import digest
from shared.contracts.voice import change_failed
from shared.db.engine import Database
from shared.db.tables import Booking
from shared.observability.context import Cause, working_on

SOURCE: Final = "voice_tools"
#: What its row says of an attempt that a process left behind.
_LEFT: Final = Outcome("unknown")


class Changes:
    """Rows of ``bookings`` with kind reschedule or cancel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, company_id: str, token: str) -> Attempted | None:
        """What became of the attempt. Raises InfrastructureError."""
        async with self._database.transaction() as session:
            row = await session.get(Booking, (company_id, token))
        awaiting = row is not None and (row.result or {}).get("outcome") == "awaiting"
        return None if row is None else Attempted(row.state, row.calcom_uid, awaiting=awaiting, token=token)

    async def begin(self, change: Change) -> Result | None:
        """Commit what is wanted before the calendar is asked, and hold where it moves to; None: that is done.

        ``taken``: another caller of ours is about to get it. ``Attempted``: this very change is being tried.
        """
        callback = _callback(change, _LEFT)
        statement = insert(Booking).values(
            company_id=change.company_id,
            token=change.token,
            call_id=change.call_id,
            branch_id=change.branch_id,
            kind=change.kind,
            state="started",
            event_type_id=change.found.event_type_id or 0,
            start_at=change.start,
            calcom_uid=change.found.uid,
            request=callback.model_dump(mode="json"),
        )
        async with self._database.transaction() as session:
            if (held := _held(change)) is not None and not await hold(session, held, ATTEMPT):
                return Outcome("taken", reason="taken")
            row = await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["company_id", "token"],
                    set_={"state": "started", "updated_at": func.now()},
                    where=Booking.state == "refused",
                ).returning(Booking.token)
            )
            return None if row.first() else Attempted("started", token=change.token)

    async def told_pending(self, company_id: str, token: str) -> bool:
        """Note that the caller was told to wait; False where it is settled already."""
        return await note_pending(self._database, company_id, token)

    async def finish(self, change: Change, outcome: Outcome, *, waited: bool) -> bool:
        """Write the outcome; True where a caller was told to wait. ``waited``: by this process.

        Where nobody knows whether it was done, or it was not and the caller waits no more: a callback.
        """
        what = f"{change.kind} {digest(change.token)[:12]}"
        return await written(self._database, lambda session: _finish(session, change, outcome, waited), what)

    async def take_over_abandoned(self) -> int:
        """Ask a person to look at what no process is working on any more; how many."""
        async with self._database.transaction() as session:
            rows = (await session.scalars(abandoned(Booking.kind != "book"))).all()
            for row in rows:
                row.state = "requested"
                callback = CallbackRequested.model_validate(row.request)
                with working_on("take-over", Cause(row.call_id, company_id=row.company_id)):
                    await add_callback(session, callback, source=SOURCE)
        return len(rows)


async def _finish(session: AsyncSession, change: Change, outcome: Outcome, told: bool) -> bool:  # noqa: FBT001  # as the row has it
    row = await session.get(Booking, (change.company_id, change.token), with_for_update=True)
    if row is None or row.state not in OPEN:
        return False
    waited = told or row.state == "pending"
    row.state = STATES.get(outcome.kind, "requested")
    row.calcom_uid = outcome.uid or row.calcom_uid
    row.result = result_of(outcome, waited=waited) | {"changed_uid": change.found.uid}
    if row.state == "requested" or (waited and row.state == "refused"):
        await add_callback(session, _callback(change, outcome), source=SOURCE)
    if row.state != "requested" and (held := _held(change)) is not None:
        await release(session, held)
    return waited


def _held(change: Change) -> Held | None:
    """The slot that a move needs."""
    slot = change.slot
    if slot is None:
        return None
    return Held(change.company_id, slot.event_type_id, slot.start, slot.end, change.call_id)


def _callback(change: Change, outcome: Outcome) -> CallbackRequested:
    return CallbackRequested(
        company_id=change.company_id,
        callback_id="callback_" + digest(change.token)[:20],
        branch_id=change.branch_id,
        call_id=change.call_id,
        reason=change_failed(change.about, change.kind, change.found.start, change.start, outcome.reason),
        kind="wish",
        phone=change.caller.number,
        customer_name=change.found.name,
    )
