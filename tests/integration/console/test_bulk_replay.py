"""Bulk replay as it happens: a console of its own, a broker, and a consumer whose every effect is a row."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import text

from infra.local.rabbitmq import PrivateRabbit
from shared.contracts.envelope import Envelope
from shared.db.engine import Database
from shared.db.outbox import properties_of
from shared.errors import PermanentError, TransientError
from tests.integration.console.ward import Ward
from tests.integration.messaging.harness import QUEUE, TYPE, an_event
from tests.integration.messaging.harness import bench as consuming
from tests.processes import KEY, Process, running
from tests.support import eventually, written_down

_DEAD = """
    insert into deliveries (queue, event_id, state, attempt, event_type, company_id, body, properties,
        history, fingerprint, updated_at)
    values (%s, %s, 'dead', 3, %s, 'acme', %s, %s, '[{"attempt": 3}]', %s, now() - interval '1 minute')
"""


@dataclass
class Surgery:
    """A handler; ``fails`` decides by an event's number how its attempt ends."""

    database: Database
    fails: Callable[[int], Exception | None]

    async def __call__(self, event: Envelope) -> None:
        if (error := self.fails(int(event.id.rpartition(":")[2]))) is not None:
            raise error
        async with self.database.settling() as session:
            await session.execute(text("insert into effects values (:id)"), {"id": event.id})


@dataclass
class Hospital:
    """``ward`` with dead letters whose bytes are events, and consoles to be started and killed."""

    ward: Ward
    database: Database
    urls: dict[str, str]
    folder: Path

    def die(self, number: int, group: str) -> None:
        events = [an_event(f"{group}:{n}", {"n": n}) for n in range(1, number + 1)]
        rows = [
            (QUEUE, one.id, TYPE, one.raw, psycopg.types.json.Jsonb(properties_of(one)), group)
            for one in events
        ]
        with self.ward.connection.cursor() as cursor:
            cursor.executemany(_DEAD, rows)

    @asynccontextmanager
    async def console(self) -> AsyncIterator[Process]:
        async with running("services.ops_console", self.folder / "console.log", self.urls) as process:
            yield process

    @asynccontextmanager
    async def consumer(self, fails: Callable[[int], Exception | None]) -> AsyncIterator[None]:
        surgery = Surgery(self.database, fails)
        async with consuming(self.urls["DATABASE_URL"], self.urls["RABBITMQ_URL"], surgery):
            yield

    async def until(self, operation_id: int, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async def probe() -> dict[str, Any] | None:
            told = self.ward.operation(operation_id)
            return told if what(told) else None

        return await eventually(probe, of=f"what is waited for of operation {operation_id}")  # type: ignore[return-value]  # never None

    def effects(self, group: str) -> list[str]:
        rows = self.ward.sql("select id from effects where id like %(like)s", like=f"{group}:%")
        return [row["id"] for row in rows]


@pytest.fixture(scope="module")
async def hospital(
    rabbitmq: PrivateRabbit, database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hospital]:
    database = Database(database_url, application="test", pool_size=4)
    urls = {
        "DATABASE_URL": database_url,
        "RABBITMQ_URL": broker_url,
        "RABBITMQ_MANAGEMENT_URL": str(rabbitmq.management_url),
        "ENCRYPTION_KEYS": KEY,
    }
    with psycopg.connect(database_url, row_factory=dict_row, autocommit=True) as connection:
        connection.execute("create table effects (id text)")
        yield Hospital(Ward(connection, database), database, urls, tmp_path_factory.mktemp("console"))
    await database.close()


def well(_: int) -> None:
    """Every attempt succeeds."""


async def test_a_console_killed_in_mid_replay_is_followed_by_one_that_repeats_nothing(
    hospital: Hospital,
) -> None:
    hospital.die(40, "killed")
    operation_id = await hospital.ward.begin("killed", rate=20.0)
    async with hospital.consumer(well):
        async with hospital.console() as first:
            await hospital.until(operation_id, lambda told: told["done"] >= 10)
            await first.kill()
        told = hospital.ward.operation(operation_id)
        assert (told["state"], told["chosen"] > 0) == ("running", True)
        async with hospital.console():
            told = await hospital.until(operation_id, lambda told: told["state"] == "done")
    assert told["done"] == 40
    assert sorted(hospital.effects("killed")) == sorted(f"killed:{n}" for n in range(1, 41))


async def test_a_replay_that_fails_again_half_way_stops_itself_before_the_rest(hospital: Hospital) -> None:
    """Half of the failures wait for a redelivery of theirs, half are dead at once; both count."""

    def half_way(number: int) -> Exception | None:
        if number <= 20:
            return None
        return PermanentError("wrong") if number % 2 else TransientError("not now")

    hospital.die(120, "half")
    operation_id = await hospital.ward.begin("half", rate=10.0)
    async with hospital.consumer(half_way), hospital.console():
        told = await hospital.until(operation_id, lambda told: told["state"] != "running")
        assert told["state"] == "stopped"
        assert told["chosen"] > 0
        # It is told of each letter what became of it, also of those that were on their way.
        told = await hospital.until(operation_id, lambda told: told["sent"] == 0)
        await asyncio.to_thread(lambda: None)
    assert len(hospital.effects("half")) == 20
    assert told["chosen"] + told["failing"] + told["failed"] == 100
    untouched = hospital.ward.sql(
        "select count(*) as n from deliveries where fingerprint = 'half' and state = 'dead' and attempt = 3"
    )[0]["n"]
    assert untouched == told["chosen"]


@pytest.mark.long
async def test_a_broker_that_dies_in_mid_replay_costs_no_letter_and_no_second_effect(
    hospital: Hospital, rabbitmq: PrivateRabbit
) -> None:
    hospital.die(60, "broker")
    operation_id = await hospital.ward.begin("broker", rate=10.0)
    async with hospital.consumer(well), hospital.console():
        await written_down()
        await hospital.until(operation_id, lambda told: told["done"] >= 10)
        await asyncio.to_thread(rabbitmq.kill)
        # It goes on sending until four seconds' worth have no outcome, and then waits.
        await hospital.until(operation_id, lambda told: told["sent"] > 0)
        await asyncio.to_thread(rabbitmq.start)
        told = await hospital.until(operation_id, lambda told: told["state"] == "done")
    assert told["done"] == 60
    assert sorted(hospital.effects("broker")) == sorted(f"broker:{n}" for n in range(1, 61))
