"""What people decide about dead letters: replay, discard, replace by an edited event."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.dead_letters import Selection, target_of, unknown
from services.ops_console.store.event_log import Entry, log
from services.ops_console.store.refusals import NotPossibleError
from shared.contracts.envelope import Envelope
from shared.db.dead_counts import moved
from shared.db.engine import Database
from shared.db.scheduled import schedule
from shared.db.tables import AuditEntry, Delivery


class DeadLetterChanges:
    """Each method is one transaction; what is not dead any more is left alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replay(
        self, selection: Selection, *, by: str, per_second: float, reason: str | None
    ) -> list[int]:
        """Make them due on a ramp, with their event ids; attempts and time count anew, the history stays.

        Returns the ids: the selection is frozen at this moment.
        """
        held = _held(*selection.conditions(), Delivery.body.is_not(None))
        chosen = select(held.c.id, func.row_number().over(order_by=held.c.id).label("place")).subquery()
        due = func.now() + (chosen.c.place - 1) * text(f"interval '{1 / per_second:.6f} seconds'")
        again = {"attempt": 0, "first_seen_at": func.now(), "due_at": due, "waits_for": None}
        async with self._database.transaction() as session:
            statement = update(Delivery).where(Delivery.id == chosen.c.id, Delivery.state == "dead")
            ids = await _changed(
                session, statement.values(state="redelivery", **again, updated_at=func.now())
            )
            session.info["outbox"] = True
            await _note_each(session, ids, by, "dead_letter.replayed", reason)
            return ids

    async def discard(self, selection: Selection, *, by: str, reason: str) -> list[int]:
        """Give them up for good, by a named person with a reason. Returns the ids."""
        async with self._database.transaction() as session:
            held = _held(*selection.conditions())
            statement = update(Delivery).where(Delivery.id == held.c.id).values(**_discarded(by, reason))
            ids = await _changed(session, statement)
            await _note_each(session, ids, by, "dead_letter.discarded", reason)
            return ids

    async def replace(
        self, letter_id: int, entry: Entry, envelope: Envelope, *, by: str, reason: str
    ) -> None:
        """The edited event goes to ``entry.only_queue``, logged at once; the old one is discarded for it.

        Raises:
            NotPossibleError: it is not dead any more.
        """
        async with self._database.transaction() as session:
            await _lock(session, letter_id)
            await schedule(session, envelope, queue=str(entry.only_queue), delay=0)
            await log(session, [entry])
            why = f"replaced by {entry.id}: {reason}"
            discard = update(Delivery).where(Delivery.id == letter_id).values(**_discarded(by, why))
            await _changed(session, discard)
            await note(session, by, "dead_letter.edited", target_of(letter_id), reason=why)


def _held(*conditions: ColumnElement[bool]) -> Subquery:
    """Ids, locked in their order: two who choose the same letters take turns instead of a deadlock."""
    return select(Delivery.id).where(*conditions).order_by(Delivery.id).with_for_update().subquery()


async def _lock(session: AsyncSession, letter_id: int) -> None:
    query = select(Delivery).where(Delivery.id == letter_id).with_for_update()
    row = (await session.execute(query)).scalar()
    if row is None:
        raise unknown(letter_id)
    if row.state != "dead":
        raise NotPossibleError(f"{letter_id} is {row.state}, not dead; there is nothing left to decide.")


async def _changed(session: AsyncSession, statement: Any) -> list[int]:
    """The ids of letters that leave ``dead`` by ``statement``."""
    rows = (await session.execute(statement.returning(Delivery.id, Delivery.group_id))).all()
    await moved(session, (row[1] for row in rows))
    return sorted(row[0] for row in rows)


def _discarded(by: str, reason: str) -> dict[str, Any]:
    settled = {"settled_by": by, "settled_reason": reason}
    return {"state": "discarded", "due_at": None, "waits_for": None, "updated_at": func.now(), **settled}


async def _note_each(
    session: AsyncSession, ids: Sequence[int], by: str, action: str, reason: str | None
) -> None:
    rows = [{"operator": by, "action": action, "target": target_of(one), "reason": reason} for one in ids]
    if rows:
        await session.execute(insert(AuditEntry), rows)
