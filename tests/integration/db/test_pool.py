"""Connections of a pool: which ones are asked whether they live, and what becomes of dead ones."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db.engine import Database
from shared.errors import InfrastructureError

_NAME = "pool under test"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application=_NAME)
    yield database
    await database.close()


async def used(database: Database, number: int) -> None:
    """So many connections at once, all back in the pool."""

    async def use() -> None:
        async with database.transaction() as session:
            await session.execute(text("select pg_sleep(0.1)"))

    await asyncio.gather(*(use() for _ in range(number)))


def end_all(url: str) -> int:
    """As a restart of the server does."""
    query = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        return len(connection.execute(query, (_NAME,)).fetchall())


async def test_connections_that_died_while_they_rested_disturb_nobody(
    database: Database, database_url: str
) -> None:
    await used(database, 5)
    assert end_all(database_url) == 5
    await asyncio.sleep(1.1)
    await used(database, 5)


async def test_of_connections_that_died_in_use_each_fails_as_away_and_the_next_attempt_works(
    database: Database, database_url: str
) -> None:
    await used(database, 5)
    end_all(database_url)
    with pytest.raises(InfrastructureError) as caught:
        await used(database, 1)
    assert caught.value.gate == "database"
    await used(database, 5)


async def test_a_burst_keeps_its_connections(database: Database, database_url: str) -> None:
    await used(database, 40)
    query = "select count(*) from pg_stat_activity where application_name = %s"
    with psycopg.connect(database_url, autocommit=True) as connection:
        before = connection.execute(query, (_NAME,)).fetchone()
        await used(database, 40)
        assert connection.execute(query, (_NAME,)).fetchone() == before == (12,)


async def test_a_single_statement_is_committed_at_once(database: Database, database_url: str) -> None:
    async with database.single() as connection:
        await connection.execute(text("create table single_statement (id int)"))
        with psycopg.connect(database_url) as other:
            other.execute("select * from single_statement")


async def test_a_connection_that_was_used_singly_opens_transactions_again(database: Database) -> None:
    async with database.single() as connection:
        await connection.execute(text("create table once_more (id int)"))

    async def fails() -> None:
        async with database.transaction() as session:
            await session.execute(text("insert into once_more values (1)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    async with database.transaction() as session:
        assert (await session.execute(text("select count(*) from once_more"))).scalar_one() == 0


async def test_an_error_of_the_database_does_not_name_what_was_to_be_written(database: Database) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with database.transaction() as session:
            await session.execute(
                text("select cast(:name as integer), :phone"), {"name": "x", "phone": "+4989"}
            )
    assert "+4989" not in str(refused.value)
