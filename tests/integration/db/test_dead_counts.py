"""A group's count is what its rows say, whoever buries, replays and discards at the same time."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import text

from services.ops_console.store.dead_letter_changes import DeadLetterChanges
from services.ops_console.store.dead_letters import Selection
from shared.db.dead_counts import Group
from shared.db.deliveries import Deliveries
from shared.db.engine import Database
from shared.db.failures import Content, Failure
from shared.db.settling import CurrentDelivery

QUEUE: Final = "syncer.bookings"
COUNTS: Final = text(
    "select g.id, g.open + coalesce(sum(d.delta), 0) as shown,"
    " (select count(*) from deliveries r where r.state = 'dead' and r.group_id = g.id) as counted,"
    " g.total + coalesce(sum(d.delta) filter (where d.fresh), 0) as died"
    " from dead_letter_groups g left join dead_letter_deltas d on d.group_id = g.id group by g.id"
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="test")
    async with database.transaction() as session:
        await session.execute(
            text("truncate deliveries, dead_letter_groups, dead_letter_deltas, dead_letter_texts, outbox")
        )
    yield database
    await database.close()


def failed(place: str, name: str = "KeyError") -> Failure:
    return Failure(datetime.now(UTC), {"class": name, "message": "m", "place": place, "stack": ""}, {})


async def bury(database: Database, event_id: str, failure: Failure) -> bool:
    delivery = CurrentDelivery(QUEUE, event_id, 1, "calcom.booking_created", "acme")
    return await Deliveries(database, source="test").dead_letter(
        delivery, Content(b"{}", {}), failure, "rejected"
    )


async def rows(database: Database, statement: str) -> list[Any]:
    async with database.transaction() as session:
        return list((await session.execute(text(statement))).all())


async def test_a_release_that_moves_a_line_keeps_the_group(database: Database) -> None:
    await bury(database, "before", failed("a/b/c.py:10 Handler.__call__"))
    await bury(database, "after", failed("a/b/c.py:4711 Handler.__call__"))
    await bury(database, "elsewhere", failed("a/b/c.py:10 Handler.other"))
    found = await rows(database, "select group_id, count(*) from deliveries group by 1 order by 2")
    assert [row[1] for row in found] == [1, 2]
    assert {row[0] for row in found} == {
        row[0] for row in await rows(database, "select id from dead_letter_groups")
    }


async def test_a_late_copy_of_a_dead_letter_counts_nowhere(database: Database) -> None:
    assert await bury(database, "e", failed("a.py:1 f"))
    assert not await bury(database, "e", failed("a.py:1 f"))
    async with database.transaction() as session:
        assert [tuple(row)[1:] for row in await session.execute(COUNTS)] == [(1, 1, 1)]


async def test_forty_who_bury_replay_and_discard_at_once_leave_counts_that_are_true(
    database: Database,
) -> None:
    chance = random.Random(7)  # noqa: S311  # the same every time
    changes = DeadLetterChanges(database)
    places = [f"a.py:{line} f{line % 3}" for line in range(9)]

    async def one(number: int) -> None:
        for step in range(6):
            await bury(database, f"e{chance.randrange(30)}", failed(places[(number + step) % 9]))
            chosen = Selection(queue=QUEUE)
            if chance.random() < 0.5:
                await changes.replay(chosen, by="ada", per_second=1000, reason=None)
            elif chance.random() < 0.2:
                await changes.discard(chosen, by="ada", reason="never")

    await asyncio.gather(*map(one, range(40)))
    for number in range(30, 40):
        await bury(database, f"e{number}", failed(places[0]))
    async with database.transaction() as session:
        found = (await session.execute(COUNTS)).all()
    assert len(found) == 3
    assert all(row.shown == row.counted for row in found)
    assert sum(row.counted for row in found) >= 10
    assert sum(row.died for row in found) >= 40


def test_the_migration_finds_the_group_that_the_code_does(database_url: str) -> None:
    group = Group.of({"class": "E", "place": "a/b.py:12 f"}, QUEUE)
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select left(encode(sha256(convert_to(concat(%s::text, ' at ',"
            " regexp_replace(%s, ':[0-9]+ ', ' '), ' in ', %s::text), 'UTF8')), 'hex'), 16)",
            ("E", "a/b.py:12 f", QUEUE),
        ).fetchone()
    assert row == (group.id,)
