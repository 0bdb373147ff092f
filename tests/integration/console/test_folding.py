"""What is old and settled leaves the log as counts, with its deliveries; the ledger says the same."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from services.ops_console.handlers.folding import FoldOldDays
from services.ops_console.store.event_log import Entry, EventLog
from services.ops_console.store.folding import Folding
from services.ops_console.store.ledger import Counts, Ledger
from shared.db.engine import Database

KEEP = timedelta(days=90)
QUEUE = "syncer.bookings"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "truncate event_log, deliveries, folded_events, folded_deliveries, routes;"
            "insert into routes (queue, pattern) values ('syncer.bookings', 'calcom.*')"
        )
    database = Database(database_url, application="askpro.test")
    yield database
    await database.close()


@pytest.fixture
def log(database_url: str) -> Any:
    """Put ``number`` events of so many days ago into the log, each with a delivery in each of ``states``."""

    def put(number: int, days: float, *states: str, handled: bool = True) -> None:
        at = datetime.now(UTC) - timedelta(days=days)
        with psycopg.connect(database_url) as connection:
            for _ in range(number):
                event_id = secrets.token_hex(8)
                connection.execute(
                    "insert into event_log (id, type, source, time, handled, body, logged_at)"
                    " values (%s, 'calcom.booking_created', 'calcom', %s, %s, 'x', %s)",
                    (event_id, at, handled, at),
                )
                for place, state in enumerate(states):
                    connection.execute(
                        "insert into deliveries (queue, event_id, state, first_seen_at, updated_at)"
                        " values (%s, %s, %s, %s, %s)",
                        (f"syncer.queue-{place}", event_id, state, at, at),
                    )

    return put


async def test_old_and_settled_events_become_counts_and_the_ledger_says_the_same(
    database: Database, log: Any
) -> None:
    log(3, 100, "done", "discarded")
    log(2, 100.1, handled=False)
    log(1, 200, "done")
    log(4, 10, "done")
    before = await Ledger(database).counts()
    await FoldOldDays(Folding(database), KEEP)()
    assert await Ledger(database).counts() == before
    assert (before.accepted, before.unhandled) == (10, 2)
    assert before.states["syncer.queue-0"]["done"] == 8
    assert await _number(database, "event_log") == 4
    assert await _number(database, "deliveries") == 4


@pytest.mark.parametrize("state", ["waiting", "redelivery", "dead"])
async def test_an_event_stays_whole_while_one_of_its_deliveries_is_open(
    database: Database, log: Any, state: str
) -> None:
    log(1, 100, "done", state)
    await FoldOldDays(Folding(database), KEEP)()
    assert await _number(database, "event_log") == 1
    assert await _number(database, "deliveries") == 2


async def test_many_that_fold_at_once_count_nothing_twice_and_every_reading_is_whole(
    database: Database, log: Any
) -> None:
    log(300, 100, "done", "done")
    ledger, folding = Ledger(database), Folding(database)
    before = await ledger.counts()
    readings: list[Counts] = []

    async def fold() -> None:
        for _ in range(40):
            await folding.fold(KEEP, 10)

    async def read() -> None:
        for _ in range(30):
            readings.append(await ledger.counts())  # noqa: PERF401  # one after the other, while it is folded

    await asyncio.gather(fold(), fold(), fold(), read())
    await FoldOldDays(folding, KEEP)()
    assert all(reading == before for reading in [*readings, await ledger.counts()])
    assert await _number(database, "event_log") == 0


async def test_a_since_before_what_is_kept_counts_the_folded_days_from_then_on(
    database: Database, log: Any
) -> None:
    log(1, 200, "done")
    log(2, 100, "done")
    log(4, 1, "done")
    await FoldOldDays(Folding(database), KEEP)()
    counts = await Ledger(database).counts(datetime.now(UTC) - timedelta(days=150))
    assert counts.accepted == 6
    assert counts.states["syncer.queue-0"]["done"] == 6


async def test_a_copy_of_a_folded_event_is_a_new_one_and_one_of_a_logged_event_adds_nothing(
    database: Database, database_url: str
) -> None:
    entry = Entry("calcom:late", "calcom.booking_created", "calcom.booking_created", datetime.now(UTC), b"x")
    log = EventLog(database)
    await log.write([entry, entry])
    await log.write([entry])
    assert await _states(database_url) == ["waiting"]
    with psycopg.connect(database_url) as connection:
        connection.execute("update deliveries set state = 'done'")
        connection.execute("update event_log set logged_at = now() - interval '100 days'")
    await FoldOldDays(Folding(database), KEEP)()
    assert await _states(database_url) == []
    await log.write([entry])
    assert await _states(database_url) == ["waiting"]
    assert (await Ledger(database).counts()).accepted == 2


async def test_a_copy_that_comes_while_its_event_is_folded_leaves_nothing_behind_that_waits(
    database: Database, database_url: str
) -> None:
    entry = Entry("calcom:race", "calcom.booking_created", "calcom.booking_created", datetime.now(UTC), b"x")
    await EventLog(database).write([entry])
    with psycopg.connect(database_url) as connection:
        # As a fold that has deleted and not committed yet.
        connection.execute("delete from deliveries; delete from event_log")
        late = asyncio.create_task(EventLog(database).write([entry]))
        await asyncio.sleep(0.3)
        assert not late.done()
        connection.commit()
    await late
    assert await _number(database, "event_log") == await _number(database, "deliveries") == 1


async def _states(database_url: str) -> Sequence[str]:
    def read() -> list[str]:
        with psycopg.connect(database_url) as connection:
            return [
                row[0] for row in connection.execute("select state from deliveries order by id").fetchall()
            ]

    return await asyncio.to_thread(read)


async def _number(database: Database, table: str) -> int:
    from sqlalchemy import text

    async with database.transaction() as session:
        return int((await session.execute(text(f"select count(*) from {table}"))).scalar_one())  # noqa: S608
