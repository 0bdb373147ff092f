"""Redeliveries that are due → their queue: by the relay out of rows, and published without any."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime
from typing import Any, Final

from prometheus_client import REGISTRY
from sqlalchemy import insert

from benchmarks.broker import QUEUE, Broker, bookings, connected
from benchmarks.figures import Comparison, Side
from benchmarks.loop import run
from benchmarks.servers import Servers
from shared.contracts.envelope import Envelope
from shared.db.engine import Database
from shared.db.outbox import properties_of
from shared.db.tables import Delivery
from shared.messaging.edge import Origin
from shared.messaging.relay import Relay

_ROWS: Final = 2_000
_ROUNDS: Final = 3
_PATIENCE: Final = 60.0
_LOOK_SECONDS: Final = 0.005


def measure(servers: Servers) -> list[Comparison]:
    """Both sides fill the same queue in turns."""
    return [run(_measure(servers))]


async def _measure(servers: Servers) -> Comparison:
    relayed: list[float] = []
    published: list[float] = []
    async with connected(servers) as (broker, database):
        for number in range(_ROUNDS):
            events = bookings(f"due-{number}", _ROWS)
            relayed.append(_ROWS / await _relay(broker, database, events))
            await broker.empty()
            published.append(_ROWS / await _publish(broker, events))
            await broker.empty()
    ours = Side("relay: locked, confirmed, marked", tuple(relayed))
    bare = Side("the same messages without rows", tuple(published))
    return Comparison(f"Due redeliveries, {_ROWS:,} per round", "rows/s", ours, (bare,))


async def _relay(broker: Broker, database: Database, events: list[Envelope]) -> float:
    async with database.transaction() as session:
        await session.execute(insert(Delivery), list(map(_due, events)))
    wanted, began = _sent() + len(events), time.perf_counter()
    relaying = asyncio.create_task(
        Relay(database, broker.publisher, origin=Origin("benchmark", "0", "here")).run()
    )
    try:
        await asyncio.wait_for(_until_sent(wanted), _PATIENCE)
        return time.perf_counter() - began
    finally:
        relaying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await relaying


async def _publish(broker: Broker, events: list[Envelope]) -> float:
    began = time.perf_counter()
    await broker.fill(events)
    return time.perf_counter() - began


async def _until_sent(wanted: float) -> None:
    while _sent() < wanted:  # noqa: ASYNC110  # the relay tells nobody; a look costs microseconds
        await asyncio.sleep(_LOOK_SECONDS)


def _sent() -> float:
    """Rows whose batch has committed, as the relay itself counts them."""
    return REGISTRY.get_sample_value("askpro_relayed_total", {"table": "deliveries"}) or 0.0


def _due(event: Envelope) -> dict[str, Any]:
    attributes = event.attributes
    return {
        "queue": QUEUE,
        "event_id": event.id,
        "state": "redelivery",
        "attempt": 1,
        "event_type": event.type,
        "company_id": attributes.companyid,
        "correlation_id": attributes.correlationid,
        "due_at": datetime.now(UTC),
        "body": event.raw,
        "properties": properties_of(event),
    }
