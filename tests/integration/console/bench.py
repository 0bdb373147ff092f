"""The console as a process of its own, a person who may do everything, and askpro as people start it."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aio_pika
import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from infra.local.rabbitmq import PrivateRabbit
from shared.contracts.envelope import Attributes, Envelope
from shared.contracts.names import CLOUDEVENTS_JSON
from tests.processes import EVENTS_SECRET, KEY, STRIPE_SECRET, running
from tests.support import eventually

PASSWORD = "correct-horse-battery"


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Bench:
    """``http`` speaks as an admin; ``people`` of all three roles have the same password."""

    url: str
    http: httpx.AsyncClient
    database_url: str
    broker_url: str
    environment: dict[str, str]
    folder: Path

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.database_url, row_factory=dict_row, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    async def row(self, statement: str, *values: Any) -> dict[str, Any]:
        """The first row, as soon as there is one."""

        async def probe() -> list[dict[str, Any]]:
            return await asyncio.to_thread(self.rows, statement, *values)

        return (await eventually(probe, of=statement))[0]

    async def delivery(self, queue: str, event_id: str, state: str) -> dict[str, Any]:
        statement = "select * from deliveries where queue = %s and event_id = %s and state = %s"
        return await self.row(statement, queue, event_id, state)

    async def publish(
        self, body: bytes, *, key: str, message_id: str | None, queue: str | None = None, **headers: Any
    ) -> None:
        connection = await aio_pika.connect(self.broker_url)
        async with connection:
            channel = await connection.channel(on_return_raises=True)
            message = aio_pika.Message(
                body,
                message_id=message_id,
                type=key,
                headers=headers,
                content_type=CLOUDEVENTS_JSON,
                timestamp=datetime.now(UTC),
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            )
            exchange = channel.default_exchange if queue else await channel.get_exchange("events")
            await exchange.publish(message, routing_key=queue or key)

    async def tell(self, envelope: Envelope) -> str:
        await self.publish(envelope.raw, key=envelope.type, message_id=envelope.id)
        return envelope.id

    async def reject(self, queue: str, times: int = 1) -> None:
        """Take what is in a work queue and give it up, as a consumer would."""
        connection = await aio_pika.connect(self.broker_url)
        async with connection:
            channel = await connection.channel()
            source = await channel.get_queue(queue, ensure=False)
            for _ in range(times):
                await (await source.get(timeout=10)).reject(requeue=False)

    async def purge(self, queue: str) -> None:
        """What an earlier test left there would be taken for this one's."""
        connection = await aio_pika.connect(self.broker_url)
        async with connection:
            channel = await connection.channel()
            await (await channel.get_queue(queue, ensure=False)).purge()

    async def depth(self, queue: str) -> int:
        connection = await aio_pika.connect(self.broker_url)
        async with connection:
            channel = await connection.channel()
            declared = await channel.declare_queue(queue, passive=True)
            return int(declared.declaration_result.message_count or 0)

    async def askpro(self, *arguments: str, stdin: str = "", **environment: str) -> Answer:
        child = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("askpro")), *arguments,
            cwd=self.folder, env={**self.environment, **environment},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await child.communicate(stdin.encode())
        return Answer(child.returncode or 0, out.decode(), err.decode())

    async def as_role(self, role: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, auth=(role, PASSWORD), trust_env=False, timeout=20)


def an_event(kind: str, data: Any, *, company: str | None = "acme", **attributes: Any) -> Envelope:
    given = {"id": f"test:{secrets.token_hex(8)}", "source": "test", "time": datetime.now(UTC)}
    return Envelope.of(Attributes(**{**given, "type": kind, "companyid": company, **attributes}), data)


@pytest.fixture(scope="module")
def provider_urls() -> dict[str, str]:
    """Where the console finds the providers; a module that needs them says so."""
    return {}


@pytest.fixture(scope="module")
async def bench(
    rabbitmq: PrivateRabbit,
    database_url: str,
    broker_url: str,
    provider_urls: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Bench]:
    folder = tmp_path_factory.mktemp("console")
    servers = {
        "DATABASE_URL": database_url,
        "RABBITMQ_URL": broker_url,
        "RABBITMQ_MANAGEMENT_URL": rabbitmq.management_url,
        "ENCRYPTION_KEYS": KEY,
        **provider_urls,
    }
    async with running("services.ops_console", folder / "console.log", servers) as process:
        environment = {
            **servers,
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CONSOLE_URL": process.url,
            "CONSOLE_USER": "admin",
            "CONSOLE_PASSWORD": PASSWORD,
            "INGEST_URL": "http://127.0.0.1:1",
        }
        async with httpx.AsyncClient(
            base_url=process.url, auth=("admin", PASSWORD), trust_env=False, timeout=20
        ) as http:
            bench = Bench(process.url, http, database_url, broker_url, environment, folder)
            for role in ("viewer", "operator", "admin"):
                added = await bench.askpro(
                    "operators", "add", role, "--role", role, "--password-stdin", stdin=PASSWORD
                )
                assert added.code == 0, added.err
            yield bench


@pytest.fixture
async def company(bench: Bench) -> str:
    """A company of this test's own."""
    answer = await bench.http.post("/api/companies", json={"name": "Salon Schön"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


MakeEvent = Callable[..., Envelope]


@pytest.fixture
def make_event() -> MakeEvent:
    return an_event


@pytest.fixture
def secrets_of_the_platform() -> tuple[str, str]:
    """Stripe's and the internal producers'."""
    return STRIPE_SECRET, EVENTS_SECRET
