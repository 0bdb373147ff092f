"""Every accepted event → the event log, in small batches, acknowledged after their commit; never lost."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from services.ops_console.store.event_log import Entry
from shared.contracts.envelope import Envelope
from shared.contracts.names import EVENT_LOG
from shared.contracts.subject_of import branch_of, call_of
from shared.db.batches import BATCH_BYTES, within
from shared.errors import InfrastructureError
from shared.messaging.arrival import Arrival, answered
from shared.observability.context import Cause, working_on
from shared.observability.logging import describe, get_logger

_log = get_logger("event_log")
_RETRY_SECONDS: Final = 0.5
UNPARSABLE: Final = "unparsable"


class Log(Protocol):
    """Where entries go."""

    async def write(self, entries: Sequence[Entry]) -> None:
        """All or none. Raises InfrastructureError while the database is away."""
        ...


class LogEvents:
    """Whoever holds the turn writes what has arrived since the last one: a batch is as large as it must be.

    While the database is away the events stay unacknowledged and the prefetch window stops the queue.
    ``stopping``: the process drains; what is not written then goes back to the queue.
    """

    def __init__(self, log: Log, stopping: Callable[[], bool]) -> None:
        self._store = log
        self._stopping = stopping
        self._turn = asyncio.Lock()
        self._arrived: list[Arrival] = []

    async def __call__(self, arrival: Arrival) -> None:
        self._arrived.append(arrival)
        async with self._turn:
            batch, self._arrived = self._arrived, []
            while batch:
                # Parsed and as JSON for the search each body is there twice more.
                part = within(((one, len(one.message.raw_message.body)) for one in batch), BATCH_BYTES // 2)
                batch = batch[len(part) :]
                for one in await self._written(part):
                    await answered(one.message.ack)

    async def _written(self, batch: Sequence[Arrival]) -> list[Arrival]:
        """Those that are committed; none where the process stops first."""
        entries = [entry_of(arrival) for arrival in batch]
        while entries and not self._stopping():
            try:
                refused = await self._write(entries)
            except InfrastructureError as error:
                _log.warning("event_log.waits", reason=str(error), events=len(entries))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return [one for one, entry in zip(batch, entries, strict=True) if entry.id not in refused]
        return []

    async def _write(self, entries: Sequence[Entry]) -> set[str]:
        """Ids of what could not be stored: it stays in the queue, unacknowledged, for a person to look at."""
        try:
            await self._store.write(entries)
        except InfrastructureError:
            raise
        except Exception as error:  # noqa: BLE001  # one that no column takes must not block the others
            _log.warning("event_log.batch_refused", reason=describe(error)["message"], events=len(entries))
            return {entry.id for entry in entries if not await self._write_alone(entry)}
        return set()

    async def _write_alone(self, entry: Entry) -> bool:
        data = (entry.document or {}).get("data")
        about = {"call_id": call_of(entry.type, data), "branch_id": branch_of(entry.type, data)}
        cause = Cause(entry.correlation_id, entry.id, entry.company_id)
        with working_on("log", cause, entry.traceparent, queue=EVENT_LOG, event_type=entry.type, **about):
            return await self._write_one(entry)

    async def _write_one(self, entry: Entry) -> bool:
        """As it is, else without what a column or index may refuse."""
        for form in (entry, entry.bare()):
            try:
                await self._store.write([form])
            except InfrastructureError:
                raise
            except Exception:  # noqa: BLE001  # whatever it is, the next event must get through
                _log.exception("event_log.entry_refused")
            else:
                return True
        return False


def entry_of(arrival: Arrival) -> Entry:
    """The log's line of a delivery; bytes that are no envelope are logged as ``unparsable``."""
    identity = arrival.delivery(EVENT_LOG)
    raw = arrival.message.raw_message
    routing_key = raw.routing_key or raw.type or ""
    if isinstance(arrival.envelope, Envelope):
        entry = entry_of_envelope(arrival.envelope, identity.event_id, routing_key)
    else:
        entry = Entry(identity.event_id, UNPARSABLE, routing_key, arrival.received_at, raw.body)
    return replace(entry, published_at=raw.timestamp)


def entry_of_envelope(
    envelope: Envelope, event_id: str, routing_key: str, *, only_queue: str | None = None
) -> Entry:
    """The log's line of an envelope."""
    attributes = envelope.attributes
    return Entry(
        id=event_id,
        type=attributes.type,
        routing_key=routing_key,
        time=attributes.time,
        body=envelope.raw,
        source=attributes.source,
        subject=attributes.subject,
        company_id=attributes.companyid,
        correlation_id=attributes.correlationid,
        causation_id=attributes.causationid,
        traceparent=attributes.traceparent,
        document=envelope.document,
        only_queue=only_queue,
    )
