"""Drafts of edits: each step of a person's edit of a dead letter, until it is sent or undone."""

import json
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.refusals import NotPossibleError
from shared.db.engine import Database
from shared.db.tables import EditDraft

#: A draft that nobody came back to is none any more: it may hold what a person typed about a customer.
_KEPT: Final = timedelta(days=7)
_MOST: Final = 100


class Draft(NamedTuple):
    """The newest step: ``number`` counts from 1; ``edit``: ``patch``, or ``data`` and ``type``."""

    number: int
    edit: dict[str, Any]


class Drafts:
    """Table ``edit_drafts``; each person sees their own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, letter_id: int, operator: str) -> Draft | None:
        """None where there is none."""
        async with self._database.transaction() as session:
            row = (await session.execute(_of(letter_id, operator).limit(1))).scalar()
        return None if row is None else Draft(row.number, json.loads(row.data))

    async def save(self, letter_id: int, operator: str, edit: dict[str, Any]) -> int:
        """One step more; returns its number. Raises NotPossibleError after a hundred of them."""
        data = json.dumps(edit, ensure_ascii=True).encode()
        async with self._database.transaction() as session:
            # One person, two windows: each step has a number of its own.
            await session.execute(select(func.pg_advisory_xact_lock(letter_id)))
            last = (await session.execute(_of(letter_id, operator).limit(1))).scalar()
            number = 1 if last is None else last.number + 1
            if number > _MOST:
                raise NotPossibleError(f"After {_MOST} steps it is sent or begun anew.")
            values = {"letter_id": letter_id, "operator": operator, "number": number, "data": data}
            await session.execute(insert(EditDraft).values(**values))
            return number

    async def undo(self, letter_id: int, operator: str, *, everything: bool = False) -> None:
        """Take back the newest step, or all. Raises NotPossibleError where there is none."""
        async with self._database.transaction() as session:
            rows = (await session.execute(_of(letter_id, operator).with_for_update())).scalars().all()
            if not rows:
                raise NotPossibleError("There is no draft that could be taken back.")
            await _delete(session, rows if everything else rows[:1])

    async def forget_old(self) -> None:
        """Those that nobody came back to."""
        async with self._database.transaction() as session:
            await session.execute(delete(EditDraft).where(EditDraft.at < func.now() - _KEPT))


async def _delete(session: AsyncSession, rows: Any) -> None:
    for row in rows:
        await session.delete(row)


def _of(letter_id: int, operator: str) -> Select[Any]:
    mine = select(EditDraft).where(EditDraft.letter_id == letter_id, EditDraft.operator == operator)
    return mine.order_by(EditDraft.number.desc())
