"""Which errors mean that the database is away: deliveries then wait, and none of them is counted."""

from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from sqlalchemy import text

from shared.db.engine import Database
from shared.errors import InfrastructureError


@pytest.fixture
async def read_only(database_url: str) -> AsyncIterator[Database]:
    """As a server becomes that another one has taken over from."""
    set_read_only(database_url, "on")
    database = Database(database_url, application="askpro.test")
    yield database
    await database.close()
    set_read_only(database_url, "off")


def set_read_only(url: str, value: str) -> None:
    name = unquote(urlsplit(url).path[1:])
    with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as connection:
        connection.execute(f'alter database "{name}" set default_transaction_read_only = {value}'.encode())


async def test_a_database_that_takes_no_writes_is_away(read_only: Database) -> None:
    with pytest.raises(InfrastructureError) as caught:
        async with read_only.transaction() as session:
            await session.execute(text("delete from outbox"))
    assert caught.value.gate == "database"
