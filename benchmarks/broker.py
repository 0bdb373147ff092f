"""The benchmark's own place at the broker: one work queue, filled and emptied; and its bookings."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from aio_pika.abc import AbstractChannel

from benchmarks import webhooks
from benchmarks.servers import Servers
from shared.contracts import names
from shared.contracts.envelope import Attributes, Envelope, now
from shared.db.engine import Database
from shared.db.outbox import properties_of
from shared.messaging.declare import declare_topology
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher

QUEUE: Final = names.SYNCER_BOOKINGS
#: As many as the relay sends at once.
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Broker:
    """``publisher`` is connected, the topology declared, ``QUEUE`` without a consumer."""

    publisher: Publisher
    channel: AbstractChannel

    async def fill(self, envelopes: Sequence[Envelope]) -> None:
        """Publish them to ``QUEUE``; returns once all are confirmed."""
        rest = iter(envelopes)
        while batch := list(islice(rest, BATCH)):
            await asyncio.gather(*map(self._publish, batch))

    async def empty(self) -> None:
        """Remove everything from ``QUEUE``."""
        queue = await self.channel.get_queue(QUEUE, ensure=False)
        await queue.purge()

    async def _publish(self, envelope: Envelope) -> None:
        await self.publisher.publish(message_of(envelope.raw, properties_of(envelope)), queue=QUEUE)


@asynccontextmanager
async def connected(servers: Servers) -> AsyncIterator[tuple[Broker, Database]]:
    """Broker and database, as a service has them; ``QUEUE`` is empty."""
    publisher = Publisher(servers.rabbitmq_url, service="benchmark")
    database = Database(servers.database_url, application="benchmark")
    try:
        await publisher.connect()
        await declare_topology(publisher)
        broker = Broker(publisher, await (await publisher.broker.connect()).channel())
        await broker.empty()
        yield broker, database
    finally:
        await publisher.close()
        await database.close()


def bookings(series: str, count: int) -> list[Envelope]:
    """``count`` events as ingest makes them; two ``series`` have no id in common."""
    return [_event(f"{series}-{number}", number) for number in range(count)]


def _event(event_id: str, number: int) -> Envelope:
    attributes = Attributes(
        id=event_id,
        source="calcom",
        type="calcom.booking_created",
        time=now(),
        companyid="salon",
        correlationid=f"call_{number:08}",
    )
    return Envelope.of(attributes, webhooks.booking(number))
