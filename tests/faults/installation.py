"""A whole installation to break: each service that handles events, simulated providers, several companies."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
from psycopg.rows import dict_row
from pydantic import SecretStr

from infra.simulators.control import CalcomControl, RetellControl
from services.ops_console.cli.registration import register
from shared.clients.console import ConsoleClient
from shared.db.migrate import migrate
from shared.db.vault import Vault
from tests.faults.aftermath import Aftermath
from tests.faults.depths import Depths
from tests.faults.messages import Company
from tests.faults.site import Nodes
from tests.faults.supervised import Supervised
from tests.processes import KEY, free_port
from tests.support import eventually, virtual_host, written_down

_PASSWORD: Final = "a long password of the tests"
_WORKERS: Final = {
    "syncer-1": "services.syncer",
    "provisioner": "services.provisioner",
    "console": "services.ops_console",
    "syncer-2": "services.syncer",
    "notifier": "services.notifier",
}
_SIMULATORS: Final = ("CALCOM", "RETELL", "STRIPE", "MAILBOX_HTTP", "SMTP", "CHAT", "SMS")


@dataclass
class Installation:
    """``workers`` are all that consume; ``ingest`` is the front door, ``console`` one of the workers."""

    nodes: Nodes
    broker_url: str
    database_url: str
    ingest: Supervised
    workers: dict[str, Supervised]
    simulators: dict[str, str]
    companies: list[Company] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.aftermath = Aftermath(self, Depths(self.broker_url, self.nodes.rabbitmq.management_url))

    @property
    def ours(self) -> dict[str, Supervised]:
        """What is tested: all but the providers."""
        return self.processes

    @property
    def console(self) -> ConsoleClient:
        return ConsoleClient(self.workers["console"].url, "operator", _PASSWORD)

    @property
    def processes(self) -> dict[str, Supervised]:
        return {"ingest": self.ingest, **self.workers}

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values).fetchall()

    async def ready(self, within: float = 300.0) -> None:
        """Every process of ours says ready."""
        await asyncio.gather(*(process.ready(within) for process in self.processes.values()))

    async def open_company(self, *, mail: bool) -> Company:
        """Accounts at the providers, and a row with their keys; ``mail``: it has an address to be told at."""
        company_id = f"company-{secrets.token_hex(3)}"
        async with (
            RetellControl(self.simulators["RETELL"]) as retell,
            CalcomControl(self.simulators["CALCOM"]) as calcom,
        ):
            workspace, account = await retell.add_workspace(), await calcom.add_account()
            event_type = await calcom.add_event_type(account["id"], "Haarschnitt", 30)
        company = Company(
            company_id, workspace["api_key"], account["apiKey"], secrets.token_hex(16), event_type["id"]
        )
        self._enter(company, f"{company_id}@salon.example" if mail else None)
        self.companies.append(company)
        return company

    def _enter(self, company: Company, mail: str | None) -> None:
        seal = Vault([SecretStr(KEY)]).seal
        keys = (company.retell_key, company.calcom_key, company.calcom_secret)
        statement = (
            "insert into companies (id, name, retell_api_key_encrypted, calcom_api_key_encrypted,"
            " calcom_webhook_secret_encrypted, notification_email) values (%s, 'Salon', %s, %s, %s, %s)"
        )
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode(), (company.id, *map(seal, keys), mail))


@asynccontextmanager
async def installation(
    nodes: Nodes, folder: Path, *, companies: int, mail: bool
) -> AsyncIterator[Installation]:
    """Everything says ready, and what was declared may be killed."""
    name = f"whole-{secrets.token_hex(4)}"
    broker_url = virtual_host(nodes.rabbitmq, name)
    database_url = await asyncio.to_thread(_database, nodes, name)
    async with AsyncExitStack() as stack:

        async def run(part: str, module: str, environment: dict[str, str]) -> Supervised:
            return await stack.enter_async_context(
                Supervised(module, folder / f"{name}-{part}.log", environment)
            )

        ports = {one: free_port() for one in _SIMULATORS}
        providers, environment = await _providers(run, ports)
        environment |= {"RABBITMQ_URL": broker_url, "DATABASE_URL": database_url}
        environment["RABBITMQ_MANAGEMENT_URL"] = nodes.rabbitmq.management_url
        ingest = await run("ingest", "services.webhook_ingest", environment)
        # Providers send to it under this address as long as it lives, killed or not.
        environment["INGEST_PUBLIC_URL"] = ingest.url
        workers = {part: await run(part, module, environment) for part, module in _WORKERS.items()}
        here = Installation(nodes, broker_url, database_url, ingest, workers, providers)
        await here.ready()
        for _ in range(companies):
            await here.open_company(mail=mail)
        await written_down()
        await here.aftermath.measure()
        here.aftermath.begin()
        yield here


async def _providers(run: Any, ports: dict[str, int]) -> tuple[dict[str, str], dict[str, str]]:
    """The simulators' addresses by name, and what services have to know of them."""
    await run("simulators", "infra.simulators", {f"{name}_PORT": str(port) for name, port in ports.items()})
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    async with CalcomControl(urls["CALCOM"]) as calcom:
        await eventually(lambda: _configured(calcom), within=30, of="the providers answer")
    environment = {
        "CALCOM_BASE_URL": urls["CALCOM"],
        "RETELL_BASE_URL": urls["RETELL"],
        "STRIPE_BASE_URL": urls["STRIPE"],
        "SMTP_URL": f"smtp://127.0.0.1:{ports['SMTP']}",
        "VOICE_TOOLS_PUBLIC_URL": "http://127.0.0.1:9",
        "BOOKING_EMAIL_DOMAIN": "termine.example",
        "LOG_LEVEL": "INFO",
    }
    return urls, environment


async def _configured(calcom: CalcomControl) -> bool:
    try:
        await calcom.configure(booking_seconds=[0.1, 0.5], rate_limit_per_minute=6_000)
    except httpx.TransportError:
        return False
    return True


def _database(nodes: Nodes, name: str) -> str:
    with psycopg.connect(nodes.postgres.url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    url = nodes.postgres.url.removesuffix("/askpro") + f"/{name}"
    migrate(url)
    asyncio.run(register(url, "operator", _PASSWORD, "operator"))
    return url
