"""A process from its start without servers to its end under load; it is the worker of the fault tests."""

import asyncio
import re
import signal
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine

from shared.contracts.envelope import Attributes, Envelope
from shared.db.outbox import properties_of
from shared.messaging.declare import declare_topology
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from tests.faults.effects import effects
from tests.processes import Process, free_port, running
from tests.proxy import FaultProxy
from tests.support import eventually

MODULE = "tests.faults.worker"
TYPE = "calcom.booking_created"
#: Seconds after SIGTERM at which a supervisor loses its patience.
_KILLED_AFTER = 30
Worker = Callable[..., AbstractAsyncContextManager[Process]]


@pytest.fixture
def worker(database_url: str, broker_url: str, tmp_path: Path) -> Worker:
    """Starts a worker; ``ready`` False: only its address answers."""
    create_effects(database_url)

    def start(*, ready: bool = True, **changes: str) -> AbstractAsyncContextManager[Process]:
        environment = {"DATABASE_URL": database_url, "RABBITMQ_URL": broker_url, **changes}
        return running(MODULE, tmp_path / "worker.log", environment, ready=ready)

    return start


async def test_sigterm_lets_handlers_finish(worker: Worker, database_url: str, broker_url: str) -> None:
    async with worker() as process:
        await send(broker_url, *[(f"finish-{number}", {"seconds": 1.5}) for number in range(10)])
        await eventually(lambda: in_hand(process, 10))
        began = time.monotonic()
        code = await process.stop()
    assert code == 0
    assert time.monotonic() - began < _KILLED_AFTER
    found = rows(
        database_url, "select state, attempt, history from deliveries where starts_with(event_id, 'finish-')"
    )
    assert found == [{"state": "done", "attempt": 1, "history": []}] * 10


async def test_sigterm_lets_go_what_takes_too_long_and_it_comes_back_uncounted(
    worker: Worker, database_url: str, broker_url: str
) -> None:
    async with worker() as process:
        await send(broker_url, ("long-1", {"seconds": 60}))
        await eventually(lambda: in_hand(process, 1))
        began = time.monotonic()
        process.child.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        process.child.send_signal(signal.SIGTERM)
        code = await process.stop()
    assert code == 0
    assert time.monotonic() - began < _KILLED_AFTER
    assert rows(database_url, "select state from deliveries where event_id = 'long-1'") == []
    async with worker() as process:
        await eventually(lambda: in_hand(process, 1))
        await process.kill()


async def test_a_process_that_waits_for_its_servers_says_so_and_ends_at_once(
    worker: Worker, tmp_path: Path
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    away = {"DATABASE_URL": f"postgresql://a:b@{nowhere}/x", "RABBITMQ_URL": f"amqp://a:b@{nowhere}/"}
    async with worker(ready=False, **away) as process:
        answer = await ask(process, "ready")
        assert answer.status_code == 503
        assert "starting" in answer.text
        began = time.monotonic()
        assert await process.stop() == 0
        assert time.monotonic() - began < _KILLED_AFTER
    assert "service.waits" in (tmp_path / "worker.log").read_text()


async def test_a_process_started_before_its_servers_begins_when_they_come(
    worker: Worker, database_url: str, broker_url: str
) -> None:
    async with (
        FaultProxy(urlsplit(broker_url).port or 0) as broker,
        FaultProxy(port_of(database_url)) as database,
    ):
        broker.cut()
        database.cut()
        urls = {
            "RABBITMQ_URL": broker.through(broker_url),
            "DATABASE_URL": database.through(database_url),
        }
        async with worker(ready=False, **urls) as process:
            await eventually(lambda: says(process, 503))
            database.heal()
            broker.heal()
            await eventually(lambda: says(process, 200), within=30)
            await send(broker_url, ("late-start-1", {}))
            await eventually(lambda: done(database_url, "late-start-1"))


async def test_a_server_that_swallows_everything_does_not_hold_up_the_end(
    worker: Worker, database_url: str, broker_url: str
) -> None:
    async with (
        FaultProxy(urlsplit(broker_url).port or 0) as broker,
        FaultProxy(port_of(database_url)) as database,
    ):
        urls = {
            "RABBITMQ_URL": broker.through(broker_url),
            "DATABASE_URL": database.through(database_url),
        }
        async with worker(**urls) as process:
            broker.black_hole()
            database.black_hole()
            began = time.monotonic()
            await process.stop()
            assert time.monotonic() - began < _KILLED_AFTER


async def test_an_event_loop_that_is_blocked_is_told(worker: Worker, broker_url: str, tmp_path: Path) -> None:
    async with worker(BLOCK_SECONDS="2") as process:
        await send(broker_url, ("blocking-1", {"block": True}))
        await eventually(lambda: logged(tmp_path / "worker.log", "loop.blocked"))
        assert "askpro_event_loop_lag_seconds" in (await ask(process, "", path="/metrics")).text


def create_effects(url: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    effects.metadata.create_all(engine)
    engine.dispose()


async def send(broker_url: str, *events: tuple[str, dict[str, Any]]) -> None:
    """Events that tell the worker what to do."""
    publisher = Publisher(broker_url, service="test")
    await publisher.connect()
    await declare_topology(publisher)
    for event_id, do in events:
        attributes = Attributes(id=event_id, source="test", type=TYPE, time=datetime.now(UTC))
        envelope = Envelope.of(attributes, {"payload": {"do": do}})
        await publisher.publish(message_of(envelope.raw, properties_of(envelope)))
    await publisher.close()


async def ask(process: Process, what: str, *, path: str = "/health/") -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"{process.url}{path}{what}", timeout=10)


async def says(process: Process, status: int) -> bool:
    return (await ask(process, "ready")).status_code == status


async def in_hand(process: Process, number: int) -> bool:
    text = (await ask(process, "", path="/metrics")).text
    found = re.search(r'askpro_deliveries_in_flight\{queue="syncer.bookings"\} (\S+)', text)
    return found is not None and float(found[1]) >= number


async def done(url: str, event_id: str) -> bool:
    return bool(rows(url, "select 1 from deliveries where event_id = %s and state = 'done'", event_id))


async def logged(log: Path, words: str) -> bool:
    return words in await asyncio.to_thread(log.read_text)


def rows(url: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(statement.encode(), values).fetchall()


def port_of(url: str) -> int:
    return urlsplit(url).port or 0
