"""What can be booked at Cal.com, as the syncer read it last."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from shared.db.engine import Database
from shared.db.tables import CalcomEventType


class Catalogue:
    """Table ``calcom_event_types``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, company_id: str | None, limit: int) -> Sequence[CalcomEventType]:
        """By company and title; those that are gone last."""
        query = select(CalcomEventType).order_by(
            CalcomEventType.company_id, CalcomEventType.gone_at.nulls_first(), CalcomEventType.title
        )
        query = query if company_id is None else query.where(CalcomEventType.company_id == company_id)
        async with self._database.transaction() as session:
            return (await session.execute(query.limit(limit))).scalars().all()

    async def there(self, company_id: str) -> Sequence[CalcomEventType]:
        """Those of a company that are not gone."""
        query = select(CalcomEventType).where(
            CalcomEventType.company_id == company_id, CalcomEventType.gone_at.is_(None)
        )
        async with self._database.transaction() as session:
            return (await session.execute(query.order_by(CalcomEventType.id))).scalars().all()

    async def some(self, company_id: str, ids: Collection[int]) -> dict[int, CalcomEventType]:
        """Those of a company that are known, by their id."""
        query = select(CalcomEventType).where(
            CalcomEventType.company_id == company_id, CalcomEventType.id.in_(ids)
        )
        async with self._database.transaction() as session:
            return {row.id: row for row in (await session.execute(query)).scalars()}
