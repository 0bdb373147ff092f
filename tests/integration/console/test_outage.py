"""While the database is away the log's writer holds what it has; nothing is lost and nothing is given up."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import httpx
import psycopg
import pytest

from services.ops_console.handlers.login import add_operator
from services.ops_console.store.operators import Operators, Role
from shared.db.engine import Database
from tests.integration.console.bench import PASSWORD, an_event
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

    async def add_operator(self, name: str, role: Role) -> None:
        """Past the cable, as ``askpro operators add`` does it."""
        database = Database(self.database_url, application="test")
        await add_operator(Operators(database), name, PASSWORD, role)
        await database.close()

    async def logins(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """By HTTP Basic and by a session: what httpx sends with a request."""
        form = {"name": name, "password": PASSWORD, "next": "/"}
        async with httpx.AsyncClient(base_url=self.process.url, trust_env=False) as client:
            answer = await client.post("/login", data=form)
        return {"auth": (name, PASSWORD)}, {"cookies": dict(answer.cookies)}

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
            "DATABASE_URL": proxy.through(database_url),
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


async def _ask(outage: Outage, path: str, **login: Any) -> httpx.Response:
    page = {"Accept": "text/html", "Accept-Language": "en"} if not path.startswith("/api/") else {}
    async with httpx.AsyncClient(base_url=outage.process.url, trust_env=False, timeout=30, **login) as client:
        return await client.get(path, headers=page)


def _database_is_red(answer: httpx.Response) -> bool:
    if answer.headers["content-type"] == "application/json":
        lights = {light["name"]: light for light in answer.json()["dependencies"]}
        return answer.json()["status"] == "down" and not lights["database"]["ok"]
    return re.search(r'<li class="bad"><b>database</b>', answer.text) is not None


@pytest.mark.parametrize("fault", ["cut", "black_hole"])
async def test_who_was_logged_in_sees_that_the_database_is_away(outage: Outage, fault: str) -> None:
    await outage.add_operator("erna", "viewer")
    basic, cookie = await outage.logins("erna")
    ways = (("/api/health", basic), ("/api/health", cookie), ("/", cookie), ("/overview/live", cookie))
    for path, login in ways:
        assert (await _ask(outage, path, **login)).status_code == 200
    getattr(outage.proxy, fault)()
    for path, login in ways:
        answer = await _ask(outage, path, **login)
        assert (answer.status_code, _database_is_red(answer)) == (200, True), answer.text


async def test_of_a_database_that_is_away_strangers_learn_nothing_and_friends_no_more(outage: Outage) -> None:
    await outage.add_operator("erna", "admin")
    basic, cookie = await outage.logins("erna")
    assert (await _ask(outage, "/api/health", **basic)).status_code == 200
    async with httpx.AsyncClient(base_url=outage.process.url, trust_env=False, **cookie) as client:
        found = re.search(r'name="csrf" value="(\w+)"', (await client.get("/")).text)
        assert found is not None
        assert (await client.post("/logout", data={"csrf": found.group(1)})).status_code == 303
    outage.proxy.cut()
    strangers = [{"auth": ("erna", "guessed-password")}, {"auth": ("otto", PASSWORD)}, cookie]
    for login in strangers:
        assert (await _ask(outage, "/api/health", **login)).status_code == 503
    for path in ("/api/companies", "/api/audit", "/companies"):
        assert (await _ask(outage, path, **basic)).status_code in {303, 503}
    assert (await _ask(outage, "/api/health", **basic)).status_code == 200


async def test_a_process_that_stops_meanwhile_gives_them_back(outage: Outage) -> None:
    outage.proxy.cut()
    await outage.tell("calcom.returned", 5)
    await outage.until_waiting(LOG, 0)
    assert await outage.process.stop() == 0
    await outage.until_waiting(LOG, 5)
