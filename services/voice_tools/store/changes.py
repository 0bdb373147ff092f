"""Attempts to move or cancel an appointment; what cannot be settled becomes a callback: a person looks."""

from datetime import timedelta
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.voice_tools.store.callbacks import add_callback
from services.voice_tools.store.pending import note_pending, result_of
from services.voice_tools.values import Attempted, Change, Outcome
from shared.contracts.events import CallbackRequested
from shared.contracts.ids import digest
from shared.contracts.voice import change_failed
from shared.db.engine import Database
from shared.db.tables import Booking
from shared.errors import InfrastructureError
from shared.observability.context import Cause, working_on
from shared.observability.logging import get_logger

_log = get_logger("changes")
SOURCE: Final = "voice_tools"
_ABANDONED: Final = timedelta(seconds=60)
_OPEN: Final = ("started", "pending")
_STATES: Final = {"done": "booked", "awaiting": "booked", "taken": "refused", "refused": "refused"}
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
        return None if row is None else Attempted(row.state, row.calcom_uid, awaiting=awaiting)

    async def begin(self, change: Change) -> Literal["begun", "underway"]:
        """Commit what is wanted before the calendar is asked."""
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
            row = await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["company_id", "token"],
                    set_={"state": "started", "updated_at": func.now()},
                    where=Booking.state == "refused",
                ).returning(Booking.token)
            )
            return "begun" if row.first() else "underway"

    async def told_pending(self, change: Change) -> bool:
        """Note that the caller was told to wait; False where it is settled already."""
        return await note_pending(self._database, change.company_id, change.token)

    async def finish(self, change: Change, outcome: Outcome) -> bool:
        """Write the outcome; True where the caller was told to wait.

        Where nobody knows whether it was done, or it was not and the caller waits no more: a callback.
        """
        try:
            async with self._database.transaction() as session:
                row = await session.get(Booking, (change.company_id, change.token), with_for_update=True)
                if row is None or row.state not in _OPEN:
                    return False
                waited = row.state == "pending"
                row.state = _STATES.get(outcome.kind, "requested")
                row.calcom_uid = outcome.uid or row.calcom_uid
                row.result = result_of(outcome, waited=waited) | {"changed_uid": change.found.uid}
                if row.state == "requested" or (waited and row.state == "refused"):
                    await add_callback(session, _callback(change, outcome), source=SOURCE)
                return waited
        except InfrastructureError as error:
            _log.warning("change.unrecorded", kind=change.kind, reason=str(error))
            return False

    async def take_over_abandoned(self) -> int:
        """Ask a person to look at what no process is working on any more; how many."""
        query = (
            select(Booking)
            .where(
                Booking.kind != "book",
                Booking.state.in_(_OPEN),
                Booking.updated_at < func.now() - _ABANDONED,
            )
            .limit(50)
            .with_for_update(skip_locked=True)
        )
        async with self._database.transaction() as session:
            rows = (await session.scalars(query)).all()
            for row in rows:
                row.state = "requested"
                callback = CallbackRequested.model_validate(row.request)
                with working_on("take-over", Cause(row.call_id, company_id=row.company_id)):
                    await add_callback(session, callback, source=SOURCE)
        return len(rows)


def _callback(change: Change, outcome: Outcome) -> CallbackRequested:
    return CallbackRequested(
        company_id=change.company_id,
        callback_id="callback_" + digest(change.token)[:20],
        branch_id=change.branch_id,
        call_id=change.call_id,
        reason=change_failed(change.about, change.kind, change.found.start, change.start, outcome.reason),
        phone=change.caller.number,
        customer_name=change.found.name,
    )
