"""A small installation to break: broker and database behind proxies, ingest, console, workers; and its books.

The shape of every test is: load → fault → heal → drain → account for every id.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row

from infra.local.postgres import PrivatePostgres
from infra.local.rabbitmq import PrivateRabbit
from services.ops_console.cli.registration import register
from shared.clients.console import ConsoleClient
from shared.db.engine import Database
from shared.db.migrate import migrate
from tests.faults.account import Account
from tests.faults.effects import effects
from tests.faults.load import Load
from tests.faults.supervised import Supervised
from tests.integration.webhook_ingest.conftest import add_company
from tests.proxy import FaultProxy
from tests.support import eventually, virtual_host, written_down

#: Everything that the books still wait for.
_OPEN = (
    "select (select count(*) from outbox) as outbox,"
    " (select count(*) from deliveries where state in ('waiting', 'redelivery')"
    "  and queue in ('syncer.bookings', 'syncer.calls')) as deliveries"
)
PASSWORD = "a long password of the tests"


@dataclass
class Nodes:
    """The servers that may be killed; a site has a virtual host and a database of its own there."""

    rabbitmq: PrivateRabbit
    postgres: PrivatePostgres

    @property
    def amqp_ports(self) -> tuple[int, ...]:
        """Where clients may connect; several in a cluster."""
        return (self.rabbitmq.port,)

    async def back(self, server: PrivateRabbit | PrivatePostgres) -> None:
        """Start a killed server without stopping the test's own event loop, in which the proxies run."""
        await asyncio.to_thread(server.start)


@dataclass
class Site:
    """``amqp`` and ``sql`` lie between ingest and workers and their servers; the console goes straight.

    To a cluster everybody goes through ``amqp``.
    """

    nodes: Nodes
    amqp: FaultProxy
    sql: FaultProxy
    broker_url: str
    database_url: str
    folder: Path
    processes: dict[str, Supervised] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def ingest(self) -> Supervised:
        return self.processes["ingest"]

    @property
    def workers(self) -> list[Supervised]:
        return [one for name, one in self.processes.items() if name.startswith("worker")]

    @property
    def console(self) -> ConsoleClient:
        return ConsoleClient(self.processes["console"].url, "operator", PASSWORD)

    def load(self, *, rate: float = 15, do: Mapping[str, Any] | None = None) -> Load:
        """Webhooks that come all the time; ``async with site.load(): …``."""
        return Load(self.ingest.url, rate=rate, do=dict(do or {}))

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Of the database, past the proxy."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def execute(self, statement: str, *values: Any) -> None:
        """At the database, past the proxy."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def attempts_burned(self, load: Load) -> int:
        """Failed attempts that were written down for what ``load`` sent."""
        query = (
            "select coalesce(sum(jsonb_array_length(history)), 0) as n"
            " from deliveries where event_id = any(%s)"
        )
        return int(self.rows(query, list(load.accepted))[0]["n"])

    @property
    def vhost(self) -> str:
        return urlsplit(self.broker_url).path[1:]

    async def ready(self, within: float = 180.0) -> None:
        """Every process says ready."""
        await asyncio.gather(*(process.ready(within) for process in self.processes.values()))

    async def drained(self, load: Load, within: float) -> None:
        """I3: everything is logged and settled, the outbox and the broker hold nothing any more."""

        async def books() -> bool:
            try:
                ledger = await asyncio.to_thread(self.console.get, "ledger")
                left = self.rows(_OPEN)[0]
            except (OSError, RuntimeError, psycopg.Error, Exception) as error:  # noqa: BLE001
                return _not_yet(error)
            logged = self.rows("select count(*) as n from event_log where id = any(%s)", list(load.accepted))[
                0
            ]["n"]
            return bool(
                left["outbox"] == left["deliveries"] == ledger["to_be_logged"] == 0
                and logged == len(load.accepted)
            )

        await eventually(books, within=within, every=0.5, of="the books are closed")

    async def account(self, load: Load, *, within: float = 90.0) -> Account:
        """Drain, then hold everything against the invariants that every fault has to leave intact."""
        await self.drained(load, within)
        ids = list(load.accepted)
        account = Account(
            accepted=set(load.accepted),
            effects=self._counted("select event_id as k from fault_effects where event_id = any(%s)", ids),
            told=self._counted(
                "select document->'data'->>'call_id' as k from event_log"
                " where type = 'call.recorded' and document->'data'->>'call_id' = any(%s)",
                ids,
            ),
            dead={
                row["event_id"]
                for row in self.rows(
                    "select event_id from deliveries where state = 'dead' and event_id = any(%s)", ids
                )
            },
        )
        assert not account.lost, f"I1: lost {sorted(account.lost)[:5]}"
        assert not account.duplicated, f"I2: happened twice {sorted(account.duplicated)[:5]}"
        assert set(account.told) == set(account.effects), "I2: what was committed together parted"
        assert not set(account.effects) & account.dead, "done and dead at once"
        ledger = await asyncio.to_thread(self.console.get, "ledger")
        assert ledger["unaccounted"] == 0, ledger
        deaths = {name: one.deaths for name, one in self.processes.items() if one.deaths}
        assert not deaths, f"I6: processes ended by themselves: {deaths}"
        return account

    def _counted(self, query: str, ids: list[str]) -> Counter[str]:
        return Counter(row["k"] for row in self.rows(query, ids))

    async def handles_again(self, *, within: float = 60.0) -> float:
        """Seconds from now until a webhook that is sent now has had its effect."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        probe = self.load(rate=2)
        async with probe:

            async def handled() -> bool:
                done = self.rows(
                    "select 1 from fault_effects where event_id = any(%s) limit 1", list(probe.accepted)
                )
                return bool(done)

            await eventually(handled, within=within, of="a new webhook is handled")
        return loop.time() - began


def _not_yet(error: Exception) -> bool:
    """While servers are away nobody can be asked; what is wrong for good ends the waiting by its time."""
    if isinstance(error, AssertionError):
        raise error
    return False


@asynccontextmanager
async def site(
    nodes: Nodes, folder: Path, *, workers: int = 2, memory: int | None = None, **environment: str
) -> AsyncIterator[Site]:  # fmt: skip
    """A site with a fresh virtual host and database. ``environment``: of ingest and workers."""
    name = f"site-{secrets.token_hex(4)}"
    broker_url = virtual_host(nodes.rabbitmq, name)
    database_url = await asyncio.to_thread(_database, nodes.postgres, name)
    async with AsyncExitStack() as stack:
        amqp = await stack.enter_async_context(FaultProxy(*nodes.amqp_ports))
        sql = await stack.enter_async_context(FaultProxy(nodes.postgres.port))
        here = Site(nodes, amqp, sql, broker_url, database_url, folder)
        here.environment = {
            "RABBITMQ_URL": _through(broker_url, amqp),
            "DATABASE_URL": _through(database_url, sql),
            **environment,
        }
        straight = {
            # Straight to one node of several it would be away with that one.
            "RABBITMQ_URL": broker_url if len(nodes.amqp_ports) == 1 else here.environment["RABBITMQ_URL"],
            "DATABASE_URL": database_url,
            "RABBITMQ_MANAGEMENT_URL": nodes.rabbitmq.management_url,
        }
        parts = {"ingest": ("services.webhook_ingest", here.environment)}
        parts |= {f"worker-{n}": ("tests.faults.worker", here.environment) for n in range(1, workers + 1)}
        parts |= {"console": ("services.ops_console", straight)}
        for part, (module, own) in parts.items():
            limit = memory if part.startswith("worker") else None
            here.processes[part] = await stack.enter_async_context(
                Supervised(module, folder / f"{name}-{part}.log", own, limit)
            )
        await here.ready()
        await written_down()
        yield here


def _through(url: str, proxy: FaultProxy) -> str:
    port = urlsplit(url).port
    return url.replace(f":{port}/", f":{proxy.port}/")


def _database(postgres: PrivatePostgres, name: str) -> str:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    url = postgres.url.removesuffix("/askpro") + f"/{name}"
    migrate(url)
    asyncio.run(_filled(url))
    return url


async def _filled(url: str) -> None:
    database = Database(url, application="test")
    await add_company(database)
    async with database.transaction() as session:
        connection = await session.connection()
        await connection.run_sync(effects.metadata.create_all)
    await database.close()
    await register(url, "operator", PASSWORD, "operator")
