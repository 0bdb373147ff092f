"""Tasks that people had and have: callbacks, open and closed."""

from collections.abc import Sequence

from sqlalchemy import select

from shared.db.engine import Database
from shared.db.tables import Callback


class Records:
    """Table ``callbacks``, read only; ``company_id`` None: of every company."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def callbacks(
        self, company_id: str | None, limit: int, *, call_id: str | None = None
    ) -> Sequence[Callback]:
        """The latest first."""
        query = select(Callback).order_by(Callback.created_at.desc()).limit(limit)
        query = query if company_id is None else query.where(Callback.company_id == company_id)
        query = query if call_id is None else query.where(Callback.call_id == call_id)
        async with self._database.transaction() as session:
            return (await session.scalars(query)).all()
