"""What is unaccounted for can be sent again from the event log, under its own id and to its queue alone."""

from pathlib import Path

import psycopg
import pytest

from shared.db.deliveries import due
from shared.db.engine import Database
from shared.messaging.properties import message_of

QUEUE = "syncer.bookings"


def _event(connection: psycopg.Connection, event_id: str, *, state: str, minutes: int) -> None:
    connection.execute(
        "insert into event_log (id, type, source, time, handled, body)"
        " values (%s, 'calcom.booking_created', 'calcom', now(), true, %s)",
        (event_id, f"bytes of {event_id}".encode()),
    )
    connection.execute(
        "insert into deliveries (queue, event_id, state, updated_at)"
        " values (%s, %s, %s, now() - make_interval(mins => %s))",
        (QUEUE, event_id, state, minutes),
    )


@pytest.fixture
def sql(checkout: Path) -> str:
    """As psql reads it with `-v queue=…`."""
    return (checkout / "infra" / "send-again.sql").read_text().replace(":'queue'", f"'{QUEUE}'")


async def test_what_waits_for_too_long_becomes_due_with_its_bytes(database_url: str, sql: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        _event(connection, "calcom:salon:lost", state="waiting", minutes=10)
        _event(connection, "calcom:salon:fresh", state="waiting", minutes=1)
        _event(connection, "calcom:salon:settled", state="done", minutes=10)
        again = connection.execute(sql.encode()).fetchall()
    assert [row[0] for row in again] == ["calcom:salon:lost"]
    database = Database(database_url, application="askpro.test", pool_size=1)
    async with database.transaction() as session:
        (row,) = await due(session, 10)
        message = message_of(row.body or b"", row.properties or {})
    await database.close()
    assert (message.message_id, message.type) == ("calcom:salon:lost", "calcom.booking_created")
    assert message.body == b"bytes of calcom:salon:lost"
