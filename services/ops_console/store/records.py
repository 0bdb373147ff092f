"""What the platform keeps for companies: appointments, calls, callbacks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from shared.db.engine import Database
from shared.db.tables import Appointment, Call, Callback

Row = TypeVar("Row", Appointment, Call, Callback)


class Records:
    """Lists, newest first; ``company_id`` None: of every company."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def appointments(
        self, company_id: str | None, limit: int, *, since: datetime | None = None
    ) -> Sequence[Appointment]:
        """By the time of the last change."""
        query = select(Appointment).order_by(Appointment.updated_at.desc())
        query = query if since is None else query.where(Appointment.start_at >= since)
        return await self._read(Appointment, query, company_id, limit)

    async def calls(self, company_id: str | None, limit: int) -> Sequence[Call]:
        """By their start."""
        query = select(Call).order_by(Call.started_at.desc().nulls_last())
        return await self._read(Call, query, company_id, limit)

    async def callbacks(self, company_id: str | None, limit: int) -> Sequence[Callback]:
        """By the time of the wish."""
        return await self._read(
            Callback, select(Callback).order_by(Callback.created_at.desc()), company_id, limit
        )

    async def _read(self, table: type[Row], query: Any, company_id: str | None, limit: int) -> Sequence[Row]:
        query = query if company_id is None else query.where(table.company_id == company_id)
        async with self._database.transaction() as session:
            rows: Sequence[Row] = (await session.execute(query.limit(limit))).scalars().all()
        return rows
