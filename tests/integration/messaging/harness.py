"""One process of the platform inside a test: real broker, real database, handlers of the test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from aio_pika import Message
from sqlalchemy import select

from shared.contracts import names
from shared.contracts.envelope import Attributes, Envelope, parse_envelope
from shared.db.deliveries import Deliveries
from shared.db.engine import Database
from shared.db.outbox import properties_of, put
from shared.db.tables import Delivery, Outbox
from shared.messaging.arrival import Arrival
from shared.messaging.consumers import Consumers, On
from shared.messaging.declare import declare_topology, record_routes
from shared.messaging.edge import Edge, Origin
from shared.messaging.gates import CircuitGates, Gates
from shared.messaging.outcome import DeliveryPolicy
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from shared.messaging.relay import Relay
from tests.proxy import FaultProxy

QUEUE = names.SYNCER_BOOKINGS
TYPE = "calcom.booking_created"


class OpenGates:
    """Gates that open at once; no queue is paused."""

    async def wait(self, _gate: str, _seconds: float) -> bool:
        return True

    def is_paused(self, _queue: str) -> bool:
        return False


@dataclass
class OpenCircuits:
    """Circuits that a test opens and closes by hand."""

    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_until_allowed(self, gate: str, timeout: float) -> bool:  # noqa: ASYNC109  # as circuits do
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.closed.wait(), timeout)
        return self.closed.is_set()

    def is_open(self, name: str) -> bool:
        """No queue is paused."""
        return False


@dataclass
class Answered:
    """A delivery as the broker hands it over, and whether it was answered."""

    raw_message: Message
    acks: int = 0
    rejects: int = 0

    async def ack(self) -> None:
        self.acks += 1

    async def reject(self) -> None:
        self.rejects += 1


def handed_over(envelope: Envelope, attempt: int = 1, **headers: Any) -> tuple[Arrival, Answered]:
    """One copy of ``envelope`` without a broker."""
    message = message_of(
        envelope.raw, properties_of(envelope), **{names.DELIVERY_ATTEMPT: attempt}, **headers
    )
    answered = Answered(message)
    return Arrival(cast("Any", answered), parse_envelope(message.body), datetime.now(UTC)), answered


def an_event(event_id: str, data: Any, *, event_type: str = TYPE) -> Envelope:
    attributes = Attributes(
        id=event_id,
        source="test",
        type=event_type,
        time=datetime.now(UTC),
        companyid="c1",
        correlationid="k1",
    )
    return Envelope.of(attributes, data)


@dataclass
class Bench:
    database: Database
    publisher: Publisher
    gates: Gates
    circuits: OpenCircuits
    consumers: Consumers

    async def send(self, event_id: str, data: Any, *, event_type: str = TYPE) -> Envelope:
        envelope = an_event(event_id, data, event_type=event_type)
        await self.publisher.publish(message_of(envelope.raw, properties_of(envelope)))
        return envelope

    async def send_to_quarantine(self, event_id: str, queue: str) -> None:
        """As a process does with what ``queue`` handed over twice."""
        envelope = an_event(event_id, {})
        headers = {names.WORK_QUEUE: queue, names.DELIVERY_ATTEMPT: 1}
        copy = message_of(envelope.raw, properties_of(envelope), **headers)
        await self.publisher.publish(copy, queue=names.quarantine(names.service_of(queue)))

    async def send_by_outbox(self, envelope: Envelope, *, queue: str | None = None) -> None:
        async with self.database.transaction() as session:
            await put(session, envelope, queue=queue)

    async def watch(self, *, every: float, stuck: float, hopeless: float) -> None:
        """As a service watches its consumers."""
        await self.consumers.watch(
            every=every, stuck=stuck, hopeless=hopeless, reachable=self.publisher.connected
        )

    async def outboxed(self) -> int:
        async with self.database.transaction() as session:
            return len((await session.execute(select(Outbox.seq))).all())

    async def delivery(self, event_id: str) -> Delivery | None:
        async with self.database.transaction() as session:
            query = select(Delivery).where(Delivery.event_id == event_id)
            return (await session.execute(query)).scalar_one_or_none()

    async def in_state(self, event_id: str, state: str) -> Delivery | None:
        row = await self.delivery(event_id)
        return row if row is not None and row.state == state else None

    async def depth(self, queue: str) -> int:
        connection = await self.publisher.broker.connect()
        channel = await connection.channel()
        try:
            return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0
        finally:
            await channel.close()


@asynccontextmanager
async def bench(
    database_url: str,
    broker_url: str,
    handler: Any,
    *,
    policy: DeliveryPolicy | None = None,
    circuits: CircuitGates | None = None,
    prefetch: int = 20,
) -> AsyncIterator[Bench]:
    """A process that handles every event of bookings and calls with ``handler``."""
    database = Database(database_url, application="test")
    publisher = Publisher(broker_url, service="syncer")
    by_hand = OpenCircuits()
    gates = Gates(database, publisher, circuits or by_hand)
    origin = Origin("syncer", "0", "test")
    deliveries, chosen = Deliveries(database, source="syncer"), policy or DeliveryPolicy()
    edge = Edge(deliveries, publisher, gates, origin, lambda _: chosen)
    consumers = Consumers(broker_url, service="syncer", edge=edge)
    table = {QUEUE: (On("calcom.*", handler),), names.SYNCER_CALLS: (On("retell.*", handler),)}
    consumers.subscribe(table, prefetch=prefetch)
    relay = Relay(database, publisher, origin=origin)
    await publisher.connect()
    await declare_topology(publisher)
    publisher.on_reconnected(lambda: declare_topology(publisher))
    await record_routes(database)
    await consumers.start()
    running = asyncio.create_task(relay.run())
    try:
        yield Bench(database, publisher, gates, by_hand, consumers)
    finally:
        gates.let_go()
        await consumers.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await publisher.close()
        await database.close()


@asynccontextmanager
async def behind_proxy(
    database_url: str, broker_url: str, handler: Any
) -> AsyncIterator[tuple[Bench, FaultProxy]]:
    """``bench`` with a proxy before its broker."""
    async with (
        FaultProxy(urlsplit(broker_url).port or 0) as proxy,
        bench(database_url, proxy.through(broker_url), handler) as process,
    ):
        yield process, proxy
