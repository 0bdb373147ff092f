"""The trail of what people did, and how a deed is added to it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from shared.db.audit import note
from shared.db.engine import Database
from shared.db.tables import AuditEntry

__all__ = ["Audit", "note"]


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
