"""The event log's writer: an accepted event and, for each queue that gets its type, a delivery that waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.topics import queues_for
from shared.contracts.wire import searchable
from shared.db.engine import Database
from shared.db.tables import Delivery, LoggedEvent, Route


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it is logged. ``routing_key`` decided which queues got it; ``body`` is unchanged.

    ``only_queue``: it went to that queue alone, past the exchange.
    """

    id: str
    type: str
    routing_key: str
    time: datetime
    body: bytes
    source: str = "unknown"
    subject: str | None = None
    company_id: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    document: Mapping[str, Any] | None = None
    only_queue: str | None = None

    def queues(self, routes: Sequence[tuple[str, str]]) -> list[str]:
        """Who got it."""
        return [self.only_queue] if self.only_queue else queues_for(routes, self.routing_key)

    def bare(self) -> "Entry":
        """Without anything that a column or an index might refuse; the bytes keep it."""
        return replace(self, subject=None, correlation_id=None, traceparent=None, document=None)


class EventLog:
    """Tables ``event_log`` and, for what waits, ``deliveries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, entries: Sequence[Entry]) -> None:
        """All or none; an event that is there already changes nothing."""
        async with self._database.transaction() as session:
            await log(session, entries)


async def log(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Write ``entries`` within ``session``; one that is in the log already has had its deliveries."""
    routes = [(row[0], row[1]) for row in await session.execute(select(Route.queue, Route.pattern))]
    queues = {entry.id: entry.queues(routes) for entry in entries}
    rows = [_row(entry, handled=bool(queues[entry.id])) for entry in entries]
    statement = insert(LoggedEvent).on_conflict_do_nothing().returning(LoggedEvent.id)
    # A late copy whose event is being folded away must not leave a delivery behind that waits for ever.
    fresh = set((await session.execute(statement, rows)).scalars())
    waiting = [
        _waiting(entry, queue)
        for entry in entries
        if searchable(entry.id) in fresh
        for queue in queues[entry.id]
    ]
    if waiting:
        await session.execute(insert(Delivery).on_conflict_do_nothing(), waiting)


def _row(entry: Entry, *, handled: bool) -> dict[str, Any]:
    columns: dict[str, Any] = searchable(
        {
            "id": entry.id,
            "type": entry.type,
            "source": entry.source,
            "subject": entry.subject,
            "company_id": entry.company_id,
            "correlation_id": entry.correlation_id,
            "causation_id": entry.causation_id,
            "traceparent": entry.traceparent,
            "document": entry.document,
        }
    )
    return {**columns, "time": entry.time, "body": entry.body, "handled": handled}


def _waiting(entry: Entry, queue: str) -> dict[str, Any]:
    return {
        "queue": queue,
        "event_id": searchable(entry.id),
        "state": "waiting",
        "event_type": searchable(entry.type),
        "company_id": searchable(entry.company_id),
        "correlation_id": searchable(entry.correlation_id),
    }
