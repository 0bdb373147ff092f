"""A message that kills whoever handles it dies alone: one dead letter, and its neighbours are done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine

from shared.contracts import names
from shared.contracts.envelope import Attributes, Envelope
from shared.db.outbox import properties_of
from shared.messaging.declare import declare_topology
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from tests.faults.effects import effects
from tests.faults.supervised import Supervised
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CONSOLE = {"CONSOLE_USER": "operator", "CONSOLE_PASSWORD": "a password of the tests"}


@pytest.mark.parametrize(
    ("what", "memory"),
    [
        pytest.param({"exit": True}, None, id="exit"),
        pytest.param({"memory": True}, 1024 * 1024 * 1024, id="memory", marks=pytest.mark.long),
    ],
)
async def test_of_60_in_flight_one_is_a_dead_letter_and_59_are_done(
    database_url: str, broker_url: str, tmp_path: Path, what: dict[str, Any], memory: int | None
) -> None:
    environment = {"DATABASE_URL": database_url, "RABBITMQ_URL": broker_url}
    prefix = next(iter(what))
    create_effects(database_url)
    async with publishing(broker_url) as publisher:
        for number in range(60):
            do = what if number == 30 else {"seconds": 0.3}
            await send(publisher, f"{prefix}-{number}", do)
    worker = Supervised("tests.faults.worker", tmp_path / "worker.log", environment, memory=memory)
    console = Supervised("services.ops_console", tmp_path / "console.log", environment | CONSOLE)
    async with worker, console:
        found = await eventually(
            lambda: settled(database_url, prefix, 60), within=240, every=0.5, of="60 settled deliveries"
        )
    dead = [row for row in found if row["state"] == "dead"]
    done = [row for row in found if row["state"] == "done"]
    assert [(row["event_id"], row["reason"]) for row in dead] == [(f"{prefix}-30", "delivery_limit")]
    assert len(done) == 59
    assert dead[0]["body"] is not None
    assert dead[0]["queue"] == names.SYNCER_BOOKINGS
    assert not [row for row in done if row["history"]]
    assert len(worker.deaths) <= 10
    happened = query(
        database_url, "select event_id from fault_effects where starts_with(event_id, %s)", prefix
    )
    assert len(happened) == len({row["event_id"] for row in happened}) == 59


async def settled(url: str, prefix: str, number: int) -> list[dict[str, Any]]:
    statement = (
        "select queue, event_id, state, reason, body, history from deliveries"
        " where starts_with(event_id, %s) and state in ('done', 'dead')"
    )
    found = query(url, statement, f"{prefix}-")
    return found if len(found) >= number else []


def query(url: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(statement.encode(), values).fetchall()


def create_effects(url: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    effects.metadata.create_all(engine)
    engine.dispose()


@asynccontextmanager
async def publishing(url: str) -> AsyncIterator[Publisher]:
    publisher = Publisher(url, service="test")
    await publisher.connect()
    await declare_topology(publisher)
    yield publisher
    await publisher.close()


async def send(publisher: Publisher, event_id: str, do: dict[str, Any]) -> None:
    attributes = Attributes(id=event_id, source="test", type="calcom.booking_created", time=datetime.now(UTC))
    envelope = Envelope.of(attributes, {"payload": {"do": do}})
    await publisher.publish(message_of(envelope.raw, properties_of(envelope)))
