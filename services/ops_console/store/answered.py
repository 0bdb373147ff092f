"""What a service has answered, over several spans up to now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from shared.db.engine import Database
from shared.db.tables import RequestMinute


@dataclass(frozen=True, slots=True)
class Answered:
    """Requests of a span: all, with a 5xx, later than the objective."""

    total: int
    failed: int
    slow: int


class Requests:
    """Table ``request_minutes``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answered(self, service: str, spans: Mapping[str, timedelta]) -> Mapping[str, Answered]:
        """By the name of the span, whatever process it was that answered."""
        counts = (RequestMinute.total, RequestMinute.failed, RequestMinute.slow)
        sums = [_within(count, span) for span in spans.values() for count in counts]
        longest = max(spans.values())
        query = select(*sums).where(
            RequestMinute.service == service, RequestMinute.minute > func.now() - longest
        )
        async with self._database.transaction() as session:
            row = (await session.execute(query)).one()
        width = len(counts)
        return {
            name: Answered(*(int(number or 0) for number in row[at * width : (at + 1) * width]))
            for at, name in enumerate(spans)
        }


def _within(count: Any, span: timedelta) -> Any:
    return func.sum(count).filter(RequestMinute.minute > func.now() - span)
