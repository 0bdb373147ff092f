"""A queue that a person has paused: nothing of it is handled, nothing is lost, and the others go on."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from shared.contracts import names
from shared.contracts.envelope import Envelope
from shared.db.circuits import PostgresCircuits
from shared.db.engine import Database
from shared.resilience.circuits import Circuits
from tests.integration.messaging.harness import QUEUE, Bench, bench
from tests.support import eventually

CALL = "retell.call_started"


class Order:
    """Ids in the order in which they were handled."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, envelope: Envelope) -> None:
        self.seen.append(envelope.id)


@asynccontextmanager
async def circuits_of(database_url: str, name: str) -> AsyncIterator[Circuits]:
    """Of a process called ``name``, which reads at hints and each half second."""
    database = Database(database_url, application="test")
    store = PostgresCircuits(database, database_url, source="test")
    circuits = Circuits(store, process=f"{name}:{os.getpid()}", read_every=0.5)
    await circuits.start()
    try:
        yield circuits
    finally:
        await circuits.stop()
        await database.close()


@asynccontextmanager
async def at_work(
    database_url: str, broker_url: str, handler: Order, *, prefetch: int = 20
) -> AsyncIterator[tuple[Bench, Circuits]]:
    """A process that consumes, and the circuits of another one, from which a person pauses its queues."""
    async with (
        circuits_of(database_url, "worker") as own,
        circuits_of(database_url, "console") as persons,
        bench(database_url, broker_url, handler, circuits=own, prefetch=prefetch) as process,
    ):
        yield process, persons
        await say(persons, None)


async def say(circuits: Circuits, state: str | None, *, seconds: float | None = None) -> None:
    until = None if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)
    word = "open" if state == "paused" else None
    gate = names.pause_of(QUEUE)
    await circuits.force(gate, word, person="admin", reason="looking into it", until=until)


async def held(process: Bench, number: int) -> bool:
    subscription = next(one for one in process.consumers._subscriptions if one.queue == QUEUE)
    return subscription.in_hand == number


async def paused(process: Bench) -> bool:
    return process.gates.is_paused(QUEUE)


async def test_a_paused_queue_is_not_handled_its_neighbour_is_and_no_attempt_is_counted(
    database_url: str, broker_url: str
) -> None:
    handler = Order()
    async with at_work(database_url, broker_url, handler) as (process, persons):
        await say(persons, "paused")
        await eventually(lambda: paused(process))
        await process.send("paused-1", {})
        await eventually(lambda: held(process, 1))
        await process.send("beside-paused", {}, event_type=CALL)
        await eventually(lambda: process.in_state("beside-paused", "done"))
        assert handler.seen == ["beside-paused"]
        assert process.consumers.problem() is None
        await say(persons, None)
        row = await eventually(lambda: process.in_state("paused-1", "done"))
        assert (row.attempt, row.history) == (1, [])


async def test_a_pause_ends_by_itself_when_its_time_is_over(database_url: str, broker_url: str) -> None:
    handler = Order()
    async with at_work(database_url, broker_url, handler) as (process, persons):
        await say(persons, "paused", seconds=2)
        await eventually(lambda: paused(process))
        await process.send("for-a-while", {})
        await eventually(lambda: process.in_state("for-a-while", "done"))
        assert not process.gates.is_paused(QUEUE)


async def test_what_waited_in_a_paused_queue_is_handled_in_the_order_in_which_it_came(
    database_url: str, broker_url: str
) -> None:
    handler, ids = Order(), [f"in-order-{number:02}" for number in range(12)]
    async with at_work(database_url, broker_url, handler, prefetch=1) as (process, persons):
        await say(persons, "paused")
        await eventually(lambda: paused(process))
        for each in ids:
            await process.send(each, {})
        await eventually(lambda: held(process, 1))
        assert handler.seen == []
        await say(persons, None)
        await eventually(lambda: process.in_state(ids[-1], "done"))
        assert handler.seen == ids


async def test_a_paused_consumer_is_not_taken_for_one_that_stands_still(
    database_url: str, broker_url: str
) -> None:
    handler = Order()
    async with at_work(database_url, broker_url, handler, prefetch=2) as (process, persons):
        await say(persons, "paused")
        await eventually(lambda: paused(process))
        for number in range(5):
            await process.send(f"behind-{number}", {})
        await eventually(lambda: held(process, 2))
        watching = asyncio.create_task(process.watch(every=0.05, stuck=0.1, hopeless=0.2))
        # Longer than what ends a process whose consumer stands still.
        done, _ = await asyncio.wait({watching}, timeout=1.5)
        assert not done
        assert process.consumers.problem() is None
        assert handler.seen == []
        watching.cancel()
        await say(persons, None)
        await eventually(lambda: process.in_state("behind-4", "done"))


async def test_what_the_quarantine_holds_of_a_paused_queue_is_parked_and_comes_back_with_its_end(
    database_url: str, broker_url: str
) -> None:
    handler = Order()
    async with at_work(database_url, broker_url, handler) as (process, persons):
        await say(persons, "paused")
        await eventually(lambda: paused(process))
        await process.send_to_quarantine("suspect", QUEUE)
        row = await eventually(lambda: process.in_state("suspect", "redelivery"))
        assert (row.waits_for, row.attempt, row.history) == (names.pause_of(QUEUE), 0, [])
        assert (await persons.parked())[names.pause_of(QUEUE)] == 1
        await say(persons, None)
        await eventually(lambda: process.in_state("suspect", "done"))
