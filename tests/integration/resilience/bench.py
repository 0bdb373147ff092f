"""Processes that share circuits in one database, as far as circuits go."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest
from psycopg.rows import dict_row

from shared.db.circuits import PostgresCircuits
from shared.db.engine import Database
from shared.resilience.circuits import Circuits
from shared.resilience.policies import Policy

PARKED = (
    "insert into deliveries (queue, event_id, state, waits_for) "
    "values ('syncer.bookings', 'e1', 'redelivery', %s)"
)
#: Short rests, so that a test waits tenths of seconds where a process waits seconds.
QUICK = Policy(
    "calcom", connect=1, attempt=30, attempts=1, deadline=2, fail_max=2, rest=0.3, longest_rest=0.6
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="test")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("truncate circuits, outbox, deliveries")
    yield database
    await database.close()


class Process:
    """One service process as far as circuits go."""

    def __init__(self, name: str, database: Database, url: str) -> None:
        self.database = database
        self.store = PostgresCircuits(database, url, source="syncer")
        self.circuits = Circuits(self.store, process=name, read_every=0.1, patience=15)
        self.calcom = self.circuits.dependency("calcom", QUICK)

    def is_tripped(self) -> bool:
        """Whoever asks ``is_open`` hears no as soon as a probe is wanted, which here is soon."""
        return self.calcom.is_open

    async def trip(self) -> None:
        for _ in range(QUICK.fail_max):
            self.calcom.failed(await self.calcom.admit(), "no answer")


@pytest.fixture
async def processes(database: Database, database_url: str) -> AsyncIterator[list[Process]]:
    started = [Process(f"p{number}", database, database_url) for number in range(3)]
    for process in started:
        await process.circuits.start()
    yield started
    for process in started:
        await process.circuits.stop()


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result if isinstance(result, bool) else await result:
            return
        assert time.monotonic() < deadline, "the condition was not met in time"
        await asyncio.sleep(0.01)


def outbox(url: str) -> list[str]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return [row["event_type"] for row in connection.execute("select event_type from outbox order by seq")]


def is_due(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("select waits_for is null and due_at is not null from deliveries").fetchone()
    return row == (True,)
