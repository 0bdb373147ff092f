"""Who did what, when, to what: written in the transaction of the deed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.wire import searchable
from shared.db.engine import Database
from shared.db.tables import AuditEntry


async def note(
    session: AsyncSession,
    operator: str,
    action: str,
    target: str,
    *,
    reason: str | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """``action``: noun.past-tense; ``after``: what is new, without secrets."""
    values = {"operator": operator, "action": action, "target": target, "reason": reason, "after": after}
    await session.execute(insert(AuditEntry).values(**searchable(values)))


class Audit:
    """The trail of people's deeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, operator: str, action: str, target: str, **details: Any) -> None:
        """A deed that changes nothing else in the database."""
        async with self._database.transaction() as session:
            await note(session, operator, action, target, **details)

    async def of(self, target: str, limit: int = 50) -> Sequence[AuditEntry]:
        """What was done to ``target``, newest first."""
        query = select(AuditEntry).where(AuditEntry.target == target)
        return await self._read(query.order_by(AuditEntry.id.desc()).limit(limit))

    async def newest(self, limit: int) -> Sequence[AuditEntry]:
        """The latest deeds of everybody."""
        return await self._read(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit))

    async def count(self, action: str, target: str, within: timedelta) -> int:
        """How often ``action`` met ``target`` lately."""
        query = select(func.count()).where(
            AuditEntry.target == target, AuditEntry.action == action, AuditEntry.at > func.now() - within
        )
        async with self._database.transaction() as session:
            return int((await session.execute(query)).scalar_one())

    async def _read(self, query: Any) -> Sequence[AuditEntry]:
        async with self._database.transaction() as session:
            entries: Sequence[AuditEntry] = (await session.execute(query)).scalars().all()
        return entries
