import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import insert, text, update

from shared.clients.signatures import StandardWebhooks, sign_calcom, sign_retell, sign_stripe
from shared.db.engine import Database
from shared.db.tables import Company
from shared.db.vault import Vault
from shared.messaging.publisher import Publisher
from tests.processes import EVENTS_SECRET, KEY, STRIPE_SECRET, Process, running
from tests.support import eventually

COMPANY = "salon"
RETELL_KEY = "key_0123456789abcdef0123456789ab"
CALCOM_SECRET = "cal_webhook_secret"
PREVIOUS_SECRET = "cal_webhook_secret_before"


@dataclass
class Senders:
    """What each provider would send."""

    client: httpx.AsyncClient

    async def calcom(
        self, raw: bytes, *, company: str = COMPANY, secret: str = CALCOM_SECRET, **headers: str
    ) -> httpx.Response:
        signed = {"X-Cal-Signature-256": sign_calcom(raw, secret), **headers}
        return await self.post(f"/webhooks/calcom/{company}", raw, signed)

    async def retell(
        self, raw: bytes, *, company: str = COMPANY, key: str = RETELL_KEY, age_ms: int = 0
    ) -> httpx.Response:
        header = sign_retell(raw, key, int(time.time() * 1000) - age_ms)
        return await self.post(f"/webhooks/retell/{company}", raw, {"X-Retell-Signature": header})

    async def stripe(self, raw: bytes, *, secret: str = STRIPE_SECRET, age: int = 0) -> httpx.Response:
        return await self.post(
            "/webhooks/stripe", raw, {"Stripe-Signature": sign_stripe(raw, secret, int(time.time()) - age)}
        )

    async def events(self, raw: bytes, *, secret: str = EVENTS_SECRET) -> httpx.Response:
        headers = StandardWebhooks(secret).sign(raw, "msg_1", datetime.now(UTC))
        return await self.post("/events", raw, {**headers, "Content-Type": "application/cloudevents+json"})

    async def post(self, path: str, raw: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.client.post(
            path, content=raw, headers={"Content-Type": "application/json", **headers}
        )


@dataclass
class Ingest:
    process: Process
    send: Senders
    database: Database
    publisher: Publisher

    async def depth(self, queue: str) -> int:
        channel = await (await self.publisher.broker.connect()).channel()
        try:
            return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0
        finally:
            await channel.close()

    async def take(self, queue: str) -> Any:
        """The oldest message of a queue, removed."""
        channel = await (await self.publisher.broker.connect()).channel()
        message = await (await channel.get_queue(queue, ensure=False)).get(fail=False, no_ack=True)
        await channel.close()
        return message

    def logged(self) -> list[dict[str, Any]]:
        """Every line it has written so far."""
        lines = self.process.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    async def handled(self, answer: httpx.Response) -> dict[str, Any]:
        """The canonical line of a request, which is written once its answer is sent."""
        request_id = answer.headers["x-request-id"]

        async def line() -> dict[str, Any] | None:
            mine = (line for line in self.logged() if line.get("request_id") == request_id)
            return next((line for line in mine if line["event"] == "request.handled"), None)

        return await eventually(line, of=f"the line of request {request_id}") or {}

    async def outboxed(self) -> int:
        async with self.database.transaction() as session:
            return int((await session.execute(text("select count(*) from outbox"))).scalar_one())


async def add_company(database: Database, company_id: str = COMPANY, *, key: str = KEY) -> None:
    """``key``: what its secrets are sealed with."""
    vault = Vault([SecretStr(key)])
    row = {
        "id": company_id, "name": "Salon Müller", "retell_api_key_encrypted": vault.seal(RETELL_KEY),
        "calcom_webhook_secret_encrypted": vault.seal(CALCOM_SECRET),
        "calcom_webhook_secret_previous_encrypted": vault.seal(PREVIOUS_SECRET),
    }  # fmt: skip
    async with database.transaction() as session:
        await session.execute(insert(Company).values(row))


async def change_company(database: Database, company_id: str, **secrets: str) -> None:
    """Past the console, so that nobody is told."""
    vault = Vault([SecretStr(KEY)])
    sealed = {column: vault.seal(secret) for column, secret in secrets.items()}
    async with database.transaction() as session:
        await session.execute(update(Company).where(Company.id == company_id).values(**sealed))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ingest(
    database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ingest]:
    """Ingest as a process beside a real broker and database, and one company."""
    log: Path = tmp_path_factory.mktemp("ingest") / "ingest.log"
    database = Database(database_url, application="test")
    await add_company(database)
    publisher = Publisher(broker_url, service="test")
    await publisher.connect()
    environment = {"RABBITMQ_URL": broker_url, "DATABASE_URL": database_url}
    async with (
        running("services.webhook_ingest", log, environment) as process,
        httpx.AsyncClient(base_url=process.url, timeout=30, trust_env=False) as client,
    ):
        yield Ingest(process, Senders(client), database, publisher)
    await publisher.close()
    await database.close()
