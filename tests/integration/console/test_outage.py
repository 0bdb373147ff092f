"""While the database is away the log's writer holds what it has; nothing is lost and nothing is given up."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import psycopg
import pytest

from tests.integration.console.bench import an_event
from tests.processes import KEY, Process, running
from tests.proxy import FaultProxy
from tests.support import eventually

LOG = "ops_console.event-log"


@dataclass
class Outage:
    """The console behind a cable to its database that can be cut."""

    process: Process
    proxy: FaultProxy
    database_url: str
    broker_url: str

    async def tell(self, kind: str, number: int) -> None:
        connection = await aio_pika.connect(self.broker_url)
        async with connection:
            channel = await connection.channel()
            exchange = await channel.get_exchange("events")
            for _ in range(number):
                event = an_event(kind, {"secret": secrets.token_hex(4)})
                message = aio_pika.Message(event.raw, message_id=event.id, type=kind)
                await exchange.publish(message, routing_key=kind)

    async def waiting(self, queue: str) -> int:
        """What is ready in a queue: not with a consumer."""
        connection = await aio_pika.connect(self.broker_url)
        async with connection:
            declared = await (await connection.channel()).declare_queue(queue, passive=True)
            return int(declared.declaration_result.message_count or 0)

    def logged(self, kind: str) -> int:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute("select count(*) from event_log where type = %s", (kind,)).fetchone()
        assert row is not None
        return int(row[0])

    async def until_logged(self, kind: str, number: int) -> None:
        async def probe() -> bool:
            return await asyncio.to_thread(self.logged, kind) == number

        await eventually(probe, within=40, of=f"{number} of {kind} in the log")

    async def until_waiting(self, queue: str, number: int) -> None:
        async def probe() -> bool:
            return await self.waiting(queue) == number

        await eventually(probe, within=40, of=f"{number} ready in {queue}")


@pytest.fixture
async def outage(database_url: str, broker_url: str, tmp_path: Path) -> AsyncIterator[Outage]:
    port = urlsplit(database_url).port
    assert port is not None
    async with FaultProxy(port) as proxy:
        environment: dict[str, Any] = {
            "DATABASE_URL": database_url.replace(f":{port}/", f":{proxy.port}/"),
            "RABBITMQ_URL": broker_url,
            "ENCRYPTION_KEYS": KEY,
        }
        async with running("services.ops_console", tmp_path / "console.log", environment) as process:
            yield Outage(process, proxy, database_url, broker_url)
            proxy.heal()


async def test_events_accepted_while_the_database_is_away_are_logged_when_it_is_back(outage: Outage) -> None:
    await outage.tell("calcom.before", 3)
    await outage.until_logged("calcom.before", 3)
    outage.proxy.cut()
    await outage.tell("calcom.during", 60)
    await outage.until_waiting(LOG, 0)
    assert outage.logged("calcom.during") == 0
    outage.proxy.heal()
    await outage.until_logged("calcom.during", 60)


async def test_a_process_that_stops_meanwhile_gives_them_back(outage: Outage) -> None:
    outage.proxy.cut()
    await outage.tell("calcom.returned", 5)
    await outage.until_waiting(LOG, 0)
    assert await outage.process.stop() == 0
    await outage.until_waiting(LOG, 5)
