"""The doctor finds what is wrong at broker and database; each service looks at its start."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import httpx
import psycopg
import pytest

from shared.db.engine import Database
from shared.db.schema import newest
from shared.health.examination import Examination, version_means
from shared.health.findings import Finding
from shared.messaging.declare import record_routes
from shared.messaging.topology import all_queues
from tests.processes import KEY, running
from tests.support import eventually

QUORUM: dict[str, Any] = {"x-queue-type": "quorum"}


@dataclass
class Ward:
    """A broker and a database of this module's own, without any service."""

    examination: Examination
    rabbitmq: Any
    channel: Any
    broker_url: str
    database_url: str

    async def found(self, name: str) -> Finding:
        return {one.name: one for one in await self.examination()}[name]

    async def until(self, name: str, *, ok: bool, naming: str = "") -> Finding:
        """Once the finding is so; ``naming``: and says this, as the broker tells one queue after another."""

        async def probe() -> list[Finding]:
            finding = await self.found(name)
            return [finding] if finding.ok is ok and naming in finding.found else []

        return (await eventually(probe, within=20, every=0.5, of=f"{name} {ok}"))[0]

    async def manage(self, method: str, path: str, body: Any = None) -> None:
        parts = urlsplit(self.rabbitmq.management_url)
        login = b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        url = f"http://{parts.hostname}:{parts.port}/api/{path}"
        async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Basic {login}"}) as client:
            (await client.request(method, url, json=body)).raise_for_status()

    @property
    def vhost(self) -> str:
        return urlsplit(self.broker_url).path[1:]

    def sql(self, statement: str, *values: str) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)


@pytest.fixture(scope="module")
async def ward(rabbitmq: Any, broker_url: str, database_url: str) -> AsyncIterator[Ward]:
    """The topology is declared but for two queues, of which one has other arguments."""
    connection = await aio_pika.connect(broker_url)
    async with connection:
        channel = await connection.channel()
        for spec in all_queues():
            if spec.name == "syncer.calls":
                await channel.declare_queue(
                    spec.name, durable=True, arguments={**QUORUM, "x-delivery-limit": 3}
                )
            elif spec.name not in {"notifier.sms", "syncer.dead-letters"}:
                await channel.declare_queue(spec.name, durable=True, arguments=spec.declared_arguments)
        database = Database(database_url, application="askpro.test", pool_size=1)
        await record_routes(database)
        await database.close()
        examination = Examination(database_url, broker_url, rabbitmq.management_url)
        yield Ward(examination, rabbitmq, channel, broker_url, database_url)


@pytest.fixture
async def sound(ward: Ward) -> Ward:
    """The whole topology, but for the queue that cannot be declared."""
    await ward.channel.declare_exchange("events", "topic", durable=True)
    for spec in all_queues():
        if spec.name != "syncer.calls":
            await ward.channel.declare_queue(spec.name, durable=True, arguments=spec.declared_arguments)
        for pattern in spec.bindings:
            queue = await ward.channel.get_queue(spec.name, ensure=False)
            await queue.bind("events", pattern)
    return ward


async def test_missing_queues_targets_and_other_arguments_are_named_with_advice(ward: Ward) -> None:
    for name, queue in (
        ("queues", "notifier.sms"),
        ("dead-letter targets", "syncer.dead-letters"),
        ("queue arguments", "syncer.calls"),
    ):
        finding = await ward.found(name)
        assert (finding.ok, finding.found) == (False, queue)
        assert finding.advice


async def test_bindings_are_held_against_the_topology_and_against_what_is_written_down(ward: Ward) -> None:
    assert "notifier.mail ← appointment.booked" in (await ward.found("bindings")).found
    routes = await ward.found("routes")
    assert routes.ok is False
    assert "notifier.mail ← appointment.booked is not bound" in routes.found


async def test_a_sound_topology_is_found_sound(sound: Ward) -> None:
    for name in (
        "broker",
        "bindings",
        "stale bindings",
        "routes",
        "queues",
        "dead-letter targets",
        "policies",
    ):
        assert (await sound.found(name)).ok is True, name
    assert (await sound.found("queue leaders")).ok is True
    assert "3.10" in (await sound.found("broker")).found


async def test_what_an_older_version_left_bound_is_named(sound: Ward) -> None:
    queue = await sound.channel.get_queue("syncer.bookings", ensure=False)
    await queue.bind("events", "calcom.old")
    left = await sound.channel.declare_queue("syncer.old", durable=True, arguments=QUORUM)
    await left.bind("events", "calcom.#")
    assert (await sound.found("stale bindings")).found == "syncer.bookings ← calcom.old"
    assert "syncer.bookings ← calcom.old is not written down" in (await sound.found("routes")).found
    assert (await sound.until("foreign queues", ok=False)).found == "syncer.old"
    await queue.unbind("events", "calcom.old")
    assert (await sound.found("routes")).ok is True


async def test_a_route_that_nobody_bound_is_named(sound: Ward) -> None:
    sound.sql("insert into routes (queue, pattern) values ('syncer.gone', 'calcom.gone')")
    assert (await sound.found("routes")).found == "syncer.gone ← calcom.gone is not bound"
    sound.sql("delete from routes where queue = 'syncer.gone'")


async def test_a_policy_that_takes_messages_away_is_named(sound: Ward) -> None:
    policy = {"pattern": "^syncer", "definition": {"message-ttl": 1000}, "apply-to": "queues"}
    await sound.manage("PUT", f"policies/{sound.vhost}/short", policy)
    await sound.until("policies", ok=False, naming="syncer.bookings: message-ttl by short")
    await sound.manage("DELETE", f"policies/{sound.vhost}/short")
    await sound.until("policies", ok=True)


async def test_an_alarm_is_named_while_it_lasts(sound: Ward) -> None:
    sound.rabbitmq.ctl("set_vm_memory_high_watermark", "0.0000001")
    try:
        assert "is out of memory" in (await sound.until("alarms", ok=False)).found
    finally:
        sound.rabbitmq.ctl("set_vm_memory_high_watermark", "absolute", "1GB")
    await sound.until("alarms", ok=True)


async def test_a_queue_without_a_leader_is_named(sound: Ward) -> None:
    # As after a node that was killed within a second of the declaration.
    member = f"'{sound.vhost}_syncer.billing'"
    sound.rabbitmq.ctl("eval", f"ra:stop_server(quorum_queues, {{{member}, node()}}).")
    assert (await sound.until("queue leaders", ok=False)).found == "syncer.billing"
    sound.rabbitmq.ctl("eval", f"ra:restart_server(quorum_queues, {{{member}, node()}}).")
    await sound.until("queue leaders", ok=True)


async def test_without_the_management_api_the_doctor_says_what_it_cannot_see(sound: Ward) -> None:
    for url in (None, "http://guest:guest@127.0.0.1:1"):
        found = await Examination(sound.database_url, sound.broker_url, url)()
        blind = {one.name: one for one in found}["management API"]
        assert blind.ok is None
        assert "RABBITMQ_MANAGEMENT_URL" in blind.advice
        assert "guest" not in blind.found


async def test_a_pending_migration_and_a_schema_from_the_future_are_told_apart(ward: Ward) -> None:
    ward.sql("update alembic_version set version_num = '0000'")
    pending = await ward.found("database schema")
    ward.sql("update alembic_version set version_num = '9999'")
    newer = await ward.found("database schema")
    ward.sql("update alembic_version set version_num = %s", newest())
    assert (pending.ok, "shared.db.migrate" in pending.advice) == (False, True)
    assert (newer.ok, "update it" in newer.advice) == (False, True)
    assert (await ward.found("database schema")).ok is True


async def test_servers_that_are_away_are_findings(ward: Ward) -> None:
    away = Examination("postgresql://x:y@127.0.0.1:1/z", "amqp://x:y@127.0.0.1:1/", None)
    assert {one.name: one.ok for one in await away()} == {"database": False, "broker": False}
    assert {one.name: one.ok for one in await Examination(None, None, None)()} == {
        "database": None,
        "broker": None,
    }
    del ward


@pytest.mark.parametrize(
    ("version", "ok", "word"),
    [
        ("3.9.27", False, "update"),
        ("3.10.8", True, "proved"),
        ("3.13.1", True, "proved with 3.10"),
        ("4.0.5", True, "delivery limit is 20"),
        ("4.2.8", False, "4.2.9"),
        ("4.2.9", True, "delivery limit"),
        ("4.3.4", False, "4.3.5"),
        ("4.3.5", True, "nack"),
        ("unknown", None, "unknown"),
    ],
)
def test_each_version_of_the_broker_has_a_meaning(version: str, ok: bool | None, word: str) -> None:
    finding = version_means(version)
    assert finding.ok is ok
    assert word in finding.found + finding.advice


async def test_a_service_looks_at_its_start_and_logs_what_is_wrong(
    rabbitmq: Any, postgres: Any, database_url: str, broker_url: str, tmp_path: Path
) -> None:
    del postgres
    # A queue that we do not declare cannot stop the service from starting, so it must be said.
    connection = await aio_pika.connect(broker_url)
    async with connection:
        channel = await connection.channel()
        environment = {
            "DATABASE_URL": database_url,
            "RABBITMQ_URL": broker_url,
            "RABBITMQ_MANAGEMENT_URL": rabbitmq.management_url,
            "ENCRYPTION_KEYS": KEY,
        }
        log = tmp_path / "ingest.log"
        await channel.declare_exchange("events", "topic", durable=True)
        left = await channel.declare_queue("syncer.left", durable=True, arguments=QUORUM)
        await left.bind("events", "calcom.#")
        async with running("services.webhook_ingest", log, environment, ready=False):

            async def told() -> list[dict[str, Any]]:
                lines = (await asyncio.to_thread(log.read_text)).splitlines()
                entries = [json.loads(line) for line in lines if line.startswith("{")]
                found = [one for one in entries if one["event"] == "fault.found"]
                # One line for each finding, and the log is read while they are written.
                return found if {"foreign queues", "calcom"} <= {one["fault"] for one in found} else []

            entries = await eventually(told, within=60, of="a fault in the log")
    faults = {one["fault"]: one for one in entries}
    assert "syncer.left" in faults["foreign queues"]["found"]
    assert faults["foreign queues"]["level"] == "warning"
    assert faults["foreign queues"]["advice"]
    assert "CALCOM_BASE_URL" in faults["calcom"]["advice"]
