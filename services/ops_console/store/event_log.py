"""The event log's writer: an accepted event and, for each queue that gets its type, a delivery that waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.words import call_in, forget
from shared.contracts.events import RecordingRefused
from shared.contracts.subject_of import call_of
from shared.contracts.topics import queues_for
from shared.contracts.unspoken import unspoken, without_words
from shared.contracts.wire import searchable
from shared.db.consents import CallKey, hold_words, refused
from shared.db.engine import Database
from shared.db.tables import Delivery, LoggedEvent, Route

#: A queue, the pattern of the types it gets, and since when; None: since ever.
Binding = tuple[str, str, datetime | None]
#: AMQP's time stamps are whole seconds, cut off.
_ONE_STAMP: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it is logged. ``routing_key`` decided which queues got it; ``body`` is unchanged.

    ``only_queue``: it went to that queue alone, past the exchange. ``published_at``: None where unknown.
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
    published_at: datetime | None = None

    def queues(self, routes: Sequence[Binding]) -> list[str]:
        """Who got it."""
        if self.only_queue:
            return [self.only_queue]
        standing = [(queue, pattern) for queue, pattern, since in routes if self._may_have_met(since)]
        return queues_for(standing, self.routing_key)

    def _may_have_met(self, since: datetime | None) -> bool:
        """Whether a binding was there: an event that waited to be logged while a release added one met none.

        Who got it after all has a delivery of its own as soon as it is handled.
        """
        return since is None or self.published_at is None or since < self.published_at + _ONE_STAMP

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
    """Write ``entries`` within ``session``; one that is in the log already has had its deliveries.

    Of a caller who refused to be recorded no words are written, and those written before go with the refusal.
    """
    entries = await _keepable(session, entries)
    routes = await _bindings(session)
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
    for call in filter(None, map(_refused_call, entries)):
        await forget(session, call)


async def _bindings(session: AsyncSession) -> list[Binding]:
    """Those of the first start stood as soon as there were events, whenever they could be written down."""
    rows = (await session.execute(select(Route.queue, Route.pattern, Route.since))).all()
    first = min((row.since for row in rows), default=None)
    return [(row.queue, row.pattern, None if row.since == first else row.since) for row in rows]


async def _keepable(session: AsyncSession, entries: Sequence[Entry]) -> list[Entry]:
    calls = {entry.id: call_in(entry.type, entry.company_id, _data(entry)) for entry in entries}
    told = {call for call in map(_refused_call, entries) if call}
    await hold_words(session, {call for call in calls.values() if call} | told)
    silent = await refused(session, {call for call in calls.values() if call})
    return [_silenced(entry) if calls[entry.id] in silent else entry for entry in entries]


def _silenced(entry: Entry) -> Entry:
    document = {**(entry.document or {}), "data": without_words(entry.type, _data(entry))}
    return replace(entry, body=unspoken(entry.body), document=document)


def _refused_call(entry: Entry) -> CallKey | None:
    call_id = call_of(entry.type, _data(entry)) if entry.type == RecordingRefused.type else None
    return (searchable(entry.company_id), call_id) if entry.company_id and call_id else None


def _data(entry: Entry) -> Any:
    return (entry.document or {}).get("data")


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
