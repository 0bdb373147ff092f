"""Since when deliveries wait, by queue."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from shared.db.engine import Database
from shared.db.tables import Delivery


class Waiting:
    """Table ``deliveries`` in the state waiting."""

    def __init__(self, database: Database, queues: Sequence[str]) -> None:
        """``queues``: those to ask about; named, so that an index finds them among a million of the dead."""
        self._database = database
        self._queues = queues

    async def oldest(self) -> Mapping[str, datetime]:
        """Since when the oldest of each queue is there; a redelivery counts from when it came back."""
        query = (
            select(Delivery.queue, func.min(Delivery.updated_at))
            .where(Delivery.queue.in_(self._queues), Delivery.state == "waiting")
            .group_by(Delivery.queue)
        )
        async with self._database.transaction() as session:
            return {str(queue): since for queue, since in await session.execute(query)}
