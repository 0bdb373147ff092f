"""What people decide about dead letters: replay, discard."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Update, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.dead_letters import Selection, target_of
from services.ops_console.store.refusals import NotPossibleError
from shared.db.dead_counts import moved
from shared.db.engine import Database
from shared.db.tables import AuditEntry, Delivery

#: Each has its own line in the audit trail and its id in the answer, within the 5 s of one statement; what is
#: more is a bulk operation, which can be watched and stopped.
AT_ONCE: Final = 1_000


class DeadLetterChanges:
    """Each method is one transaction of at most 1,000 letters; what is not dead any more is left alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replay(
        self, selection: Selection, *, by: str, per_second: float, reason: str | None
    ) -> list[int]:
        """Make them due on a ramp, with their event ids; attempts and time count anew, the history stays.

        Returns the ids: the selection is frozen at this moment.

        Raises:
            NotPossibleError: more than 1,000 fit; nothing was done.
        """
        async with self._database.transaction() as session:
            chosen = await _few(session, *selection.conditions(), Delivery.body.is_not(None))
            place = func.array_position(cast(chosen, ARRAY(BigInteger)), Delivery.id) - 1
            again = {"attempt": 0, "first_seen_at": func.now(), "waits_for": None, "updated_at": func.now()}
            due = func.now() + place * timedelta(seconds=1 / per_second)
            ids = await _changed(session, _dead(chosen).values(state="redelivery", due_at=due, **again))
            session.info["outbox"] = True
            await _note_each(session, ids, by, "dead_letter.replayed", reason, "redelivery")
            return ids

    async def discard(self, selection: Selection, *, by: str, reason: str) -> list[int]:
        """Give them up for good, by a named person with a reason. Returns the ids.

        Raises:
            NotPossibleError: more than 1,000 fit; nothing was done.
        """
        async with self._database.transaction() as session:
            chosen = await _few(session, *selection.conditions())
            ids = await _changed(session, _dead(chosen).values(**_discarded(by, reason)))
            await _note_each(session, ids, by, "dead_letter.discarded", reason, "discarded")
            return ids


async def _few(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[int]:
    """Ids, locked in their order: two who choose the same letters take turns instead of a deadlock."""
    query = select(Delivery.id).where(*conditions).order_by(Delivery.id).limit(AT_ONCE + 1)
    query = query.with_for_update()
    ids = list((await session.execute(query)).scalars())
    if len(ids) > AT_ONCE:
        raise NotPossibleError(
            f"More than {AT_ONCE:,} fit. Plan it as an operation, which can be watched and stopped: "
            "POST /api/operations, or askpro dead-letters replay."
        )
    return ids


def _dead(chosen: Sequence[int]) -> Update:
    return update(Delivery).where(Delivery.id.in_(chosen), Delivery.state == "dead")


async def _changed(session: AsyncSession, statement: Any) -> list[int]:
    """The ids of letters that leave ``dead`` by ``statement``."""
    rows = (await session.execute(statement.returning(Delivery.id, Delivery.group_id))).all()
    await moved(session, (row[1] for row in rows))
    return sorted(row[0] for row in rows)


def _discarded(by: str, reason: str) -> dict[str, Any]:
    settled = {"settled_by": by, "settled_reason": reason}
    return {"state": "discarded", "due_at": None, "waits_for": None, "updated_at": func.now(), **settled}


async def _note_each(
    session: AsyncSession, ids: Sequence[int], by: str, action: str, reason: str | None, became: str
) -> None:
    told = {"reason": reason, "before": {"state": "dead"}, "after": {"state": became}}
    rows = [{"operator": by, "action": action, "target": target_of(one), **told} for one in ids]
    if rows:
        await session.execute(insert(AuditEntry), rows)
