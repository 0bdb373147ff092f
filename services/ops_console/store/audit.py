"""The trail of what people did, and how a deed is added to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from services.ops_console.store.paging import Keyset, Page
from shared.db.audit import note
from shared.db.engine import Database
from shared.db.tables import AuditEntry

__all__ = ["Audit", "Search", "note"]

_NEWEST_FIRST: Final = Keyset((AuditEntry.id,))


@dataclass(frozen=True, slots=True)
class Search:
    """Which entries; None: any. ``action`` and ``target`` may end with ``*``; ``until`` is not within."""

    operator: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        chosen = [
            None if self.operator is None else AuditEntry.operator == self.operator,
            None if self.action is None else _beginning(AuditEntry.action, self.action),
            None if self.target is None else _beginning(AuditEntry.target, self.target),
            None if self.since is None else AuditEntry.at >= self.since,
            None if self.until is None else AuditEntry.at < self.until,
        ]
        return [condition for condition in chosen if condition is not None]


def _beginning(column: Any, wanted: str) -> ColumnElement[bool]:
    if wanted.endswith("*"):
        return column.startswith(wanted[:-1], autoescape=True)  # type: ignore[no-any-return]  # SQL
    return column == wanted  # type: ignore[no-any-return]  # SQL


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

    async def search(self, chosen: Search, limit: int, cursor: str | None = None) -> Page[AuditEntry]:
        """Newest first. Raises NotSoundError for a cursor that is none."""
        query = select(AuditEntry).where(*chosen.conditions())
        return _NEWEST_FIRST.cut(await self._read(_NEWEST_FIRST.page(query, cursor, limit)), limit)

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
