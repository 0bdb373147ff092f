"""The copy that is sent in the place of a dead letter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.dead_letters import target_of, unknown
from services.ops_console.store.event_log import Entry, log
from services.ops_console.store.refusals import NotPossibleError
from shared.contracts.envelope import Envelope
from shared.db.dead_counts import moved
from shared.db.engine import Database
from shared.db.scheduled import schedule
from shared.db.tables import Delivery, EditDraft


@dataclass(frozen=True, slots=True)
class Replacement:
    """The event that is sent instead of a dead letter. ``before``, ``after``: what the audit tells of it."""

    letter_id: int
    entry: Entry
    envelope: Envelope
    headers: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class Edits:
    """What was edited and sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, replacement: Replacement, *, by: str, reason: str) -> None:
        """The edited event goes to its queue alone, logged at once; the old one is discarded for it.

        Raises:
            NotPossibleError: it is not dead any more.
        """
        async with self._database.transaction() as session:
            await replace(session, replacement, by=by, reason=reason)


async def replace(session: AsyncSession, replacement: Replacement, *, by: str, reason: str) -> None:
    """``Edits.replace`` within ``session``: one of many."""
    letter_id, entry = replacement.letter_id, replacement.entry
    row = await _locked(session, letter_id)
    queue = str(entry.only_queue)
    copy = await schedule(
        session, replacement.envelope, queue=queue, delay=0, headers=replacement.headers, copy_of=letter_id
    )
    await log(session, [entry])
    why = f"replaced by {entry.id}: {reason}"
    await moved(session, [row.group_id])
    settled = {"state": "discarded", "due_at": None, "waits_for": None, "updated_at": func.now()}
    told = {"settled_by": by, "settled_reason": why}
    await session.execute(update(Delivery).where(Delivery.id == letter_id).values(**settled, **told))
    await session.execute(delete(EditDraft).where(EditDraft.letter_id == letter_id))
    before = {"event_id": row.event_id, "data": dict(replacement.before)}
    after = {"event_id": entry.id, "copy": copy, "data": dict(replacement.after)}
    await note(
        session, by, "dead_letter.edited", target_of(letter_id), reason=why, before=before, after=after
    )


async def _locked(session: AsyncSession, letter_id: int) -> Delivery:
    query = select(Delivery).where(Delivery.id == letter_id).with_for_update()
    row = (await session.execute(query)).scalar()
    if row is None:
        raise unknown(letter_id)
    if row.state != "dead":
        raise NotPossibleError(f"{letter_id} is {row.state}, not dead; there is nothing left to decide.")
    return row
