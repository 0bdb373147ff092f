"""One queue, one row per message: through the edge, and by a bare consumer that may write it twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.broker import QUEUE, Broker, bookings, connected
from benchmarks.figures import Comparison, Side
from benchmarks.loop import run
from benchmarks.servers import Servers
from shared.contracts.envelope import Envelope
from shared.db.circuits import PostgresCircuits
from shared.db.deliveries import Deliveries
from shared.db.engine import Database
from shared.messaging.consumers import Consumers, On
from shared.messaging.edge import Edge, Origin
from shared.messaging.gates import Gates
from shared.resilience.circuits import Circuits

_MESSAGES: Final = 300
#: Many short rounds rather than few long ones: the sides share the moods of the machine.
_ROUNDS: Final = 5
_PREFETCH: Final = 20
_PATIENCE: Final = 60.0
_TABLE: Final = text("create table benchmark_effects (id text primary key, at timestamptz default now())")
_EFFECT: Final = text("insert into benchmark_effects (id) values (:id)")


@dataclass(slots=True)
class Clock:
    """Runs from the first arrival to the last of ``_MESSAGES`` effects."""

    began: float = 0.0
    effects: int = 0
    seconds: asyncio.Future[float] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def arrived(self) -> None:
        """Call when a message is there, before its effect."""
        self.began = self.began or time.perf_counter()

    def committed(self) -> None:
        """Call after each commit."""
        self.effects += 1
        if self.effects == _MESSAGES:
            self.seconds.set_result(time.perf_counter() - self.began)

    async def rate(self) -> float:
        """Effects per second, once all are there."""
        return _MESSAGES / await asyncio.wait_for(self.seconds, _PATIENCE)


@dataclass(frozen=True, slots=True)
class WriteEffect:
    """The handler: its row and the end of the delivery are one commit."""

    database: Database
    clock: Clock

    async def __call__(self, event: Envelope) -> None:
        self.clock.arrived()
        async with self.database.settling() as session:
            await _write(session, event.id)
        self.clock.committed()


def measure(servers: Servers) -> list[Comparison]:
    """Both sides empty the same queue in turns."""
    return [run(_measure(servers))]


async def _measure(servers: Servers) -> Comparison:
    async with connected(servers) as (broker, database):
        async with database.transaction() as session:
            await session.execute(_TABLE)
        sides: dict[str, _Consume] = {"edge": _by_edge, "bare": _by_bare_consumer}
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(_ROUNDS):
            for name, consume in sides.items():
                await broker.fill(bookings(f"{name}-{number}", _MESSAGES))
                rates[name].append(await consume(servers, broker, database))
    ours = Side("edge: inbox, outcome, log line, metrics", tuple(rates["edge"]))
    bare = Side("bare aio-pika: the same row, then ack", tuple(rates["bare"]))
    return Comparison(f"Deliveries, {_MESSAGES} per round", "deliveries/s", ours, (bare,))


_Consume = Callable[[Servers, Broker, Database], Awaitable[float]]


async def _by_edge(servers: Servers, broker: Broker, database: Database) -> float:
    clock = Clock()
    consumers = Consumers(servers.rabbitmq_url, service="syncer", edge=_edge(servers, broker, database))
    consumers.subscribe({QUEUE: (On("calcom.booking_*", WriteEffect(database, clock)),)}, prefetch=_PREFETCH)
    try:
        await consumers.start()
        return await clock.rate()
    finally:
        await consumers.stop()


def _edge(servers: Servers, broker: Broker, database: Database) -> Edge:
    store = PostgresCircuits(database, servers.database_url, source="benchmark")
    gates = Gates(database, broker.publisher, Circuits(store, process="benchmark"))
    origin = Origin("benchmark", "0", "localhost")
    return Edge(Deliveries(database, source="benchmark"), broker.publisher, gates, origin)


async def _by_bare_consumer(servers: Servers, _: Broker, database: Database) -> float:
    clock = Clock()

    async def consume(message: AbstractIncomingMessage) -> None:
        clock.arrived()
        async with database.transaction() as session:
            await _write(session, message.message_id)
        await message.ack()
        clock.committed()

    async with await aio_pika.connect(servers.rabbitmq_url) as connection:
        channel = await connection.channel()
        await channel.set_qos(_PREFETCH)
        queue = await channel.get_queue(QUEUE, ensure=False)
        tag = await queue.consume(consume)
        rate = await clock.rate()
        await queue.cancel(tag)
        return rate


async def _write(session: AsyncSession, event_id: Any) -> None:
    await session.execute(_EFFECT, {"id": event_id})
