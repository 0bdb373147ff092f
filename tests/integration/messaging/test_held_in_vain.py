"""What fails although its gate is open is not repeated at once, nor for ever; what is settled not at all."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from sqlalchemy import select, text

from shared.contracts.envelope import Envelope
from shared.db.deliveries import Deliveries
from shared.db.engine import Database
from shared.db.tables import Delivery
from shared.errors import InfrastructureError
from shared.messaging.edge import Edge, Origin
from shared.messaging.gates import Gates
from shared.messaging.publisher import Publisher, UnroutableError
from tests.integration.messaging.harness import QUEUE, OpenCircuits, an_event, handed_over


@dataclass
class NoQuarantine:
    """A broker that is there, and for the first times without the queue."""

    refusals: int = 0
    published: list[Any] = field(default_factory=list)
    asked: int = 0

    async def connected(self) -> bool:
        return True

    async def publish(self, message: Any, *, queue: str) -> None:
        self.asked += 1
        if self.asked <= self.refusals:
            raise UnroutableError(f"no queue for {queue}")
        self.published.append(message)


@dataclass
class Process:
    database: Database
    broker: NoQuarantine
    edge: Edge

    async def row(self, event_id: str) -> Delivery:
        async with self.database.transaction() as session:
            return (await session.execute(select(Delivery).where(Delivery.event_id == event_id))).scalar_one()


@pytest.fixture
async def process(database_url: str) -> AsyncIterator[Process]:
    database, broker = Database(database_url, application="test"), NoQuarantine()
    publisher = cast("Publisher", broker)
    gates = Gates(database, publisher, OpenCircuits())
    edge = Edge(Deliveries(database, source="syncer"), publisher, gates, Origin("syncer", "0", "test"))
    yield Process(database, broker, edge)
    gates.let_go()
    await database.close()


async def test_a_statement_that_the_database_gives_up_is_repeated_three_times_then_it_is_a_failed_attempt(
    process: Process,
) -> None:
    attempts: list[str] = []

    async def run(envelope: Envelope) -> None:
        attempts.append(envelope.id)
        async with process.database.transaction() as session:
            await session.execute(text("set local statement_timeout = 1"))
            await session.execute(text("select pg_sleep(1)"))

    arrival, answered = handed_over(an_event("given-up-1", {}))
    await asyncio.wait_for(process.edge.consume(QUEUE, arrival, run), 60)
    row = await process.row("given-up-1")
    assert (len(attempts), answered.acks) == (4, 1)
    assert (row.state, row.attempt, len(row.history)) == ("redelivery", 1, 1)
    assert row.due_at is not None
    assert "statement timeout" in row.history[0]["message"]


async def test_what_the_broker_has_no_queue_for_is_offered_again_after_a_pause(process: Process) -> None:
    process.broker.refusals = 2
    arrival, answered = handed_over(an_event("no-quarantine-1", {}), **{"x-delivery-count": 2})
    begun = time.monotonic()
    await process.edge.consume(QUEUE, arrival, cast("Any", None))
    assert time.monotonic() - begun >= 1.5
    assert (process.broker.asked, len(process.broker.published), answered.acks) == (3, 1, 1)


async def test_what_fails_at_a_gate_after_its_effect_was_committed_does_not_happen_twice(
    process: Process,
) -> None:
    effects: list[str] = []

    async def run(envelope: Envelope) -> None:
        async with process.database.settling() as session:
            await session.execute(select(1))
        effects.append(envelope.id)
        if len(effects) == 1:
            raise InfrastructureError("the lease could not be given back", gate="database")

    arrival, answered = handed_over(an_event("settled-1", {}))
    await process.edge.consume(QUEUE, arrival, run)
    assert effects == ["settled-1"]
    assert ((await process.row("settled-1")).state, answered.acks, answered.rejects) == ("done", 1, 0)


async def test_a_bug_after_the_commit_is_no_dead_letter(process: Process) -> None:
    async def run(_: Envelope) -> None:
        async with process.database.settling() as session:
            await session.execute(select(1))
        raise ZeroDivisionError

    arrival, answered = handed_over(an_event("settled-2", {}), attempt=3)
    await process.edge.consume(QUEUE, arrival, run)
    row = await process.row("settled-2")
    assert (row.state, row.history, answered.rejects) == ("done", [], 0)
