"""A site is set up: a virtual host and a database of its own, and the processes that use them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg

from infra.local.postgres import PrivatePostgres
from services.ops_console.cli.registration import register
from shared.db.engine import Database
from shared.db.migrate import migrate
from tests.faults.effects import effects_and_arrivals
from tests.faults.site import CONSUMED, PASSWORD, Nodes, Site
from tests.faults.supervised import Supervised
from tests.faults.tapped import TappedProxy
from tests.integration.webhook_ingest.conftest import add_company
from tests.proxy import FaultProxy
from tests.support import virtual_host


@asynccontextmanager
async def open_site(
    nodes: Nodes,
    folder: Path,
    *,
    workers: int = 2,
    memory: int | None = None,
    heard: tuple[str, ...] = CONSUMED,
    **environment: str,
) -> AsyncIterator[Site]:
    """A site with a fresh virtual host and database. ``environment``: of ingest and workers."""
    name = f"site-{secrets.token_hex(4)}"
    broker_url = virtual_host(nodes.rabbitmq, name)
    database_url = await asyncio.to_thread(_database, nodes.postgres, name)
    async with AsyncExitStack() as stack:
        amqp, beside = [
            await stack.enter_async_context(TappedProxy(*nodes.amqp_ports)) for _ in ("workers", "console")
        ]
        sql = await stack.enter_async_context(FaultProxy(nodes.postgres.port))
        here = Site(nodes, amqp, beside, sql, broker_url, database_url, folder, frozenset(heard))
        here.environment = {
            "RABBITMQ_URL": amqp.through(broker_url),
            "DATABASE_URL": sql.through(database_url),
            **environment,
        }
        parts = {"ingest": ("services.webhook_ingest", here.environment)}
        parts |= {f"worker-{n}": ("tests.faults.worker", here.environment) for n in range(1, workers + 1)}
        parts |= {"console": ("services.ops_console", _of_the_console(here))}
        for part, (module, own) in parts.items():
            limit = memory if part.startswith("worker") else None
            here.processes[part] = await stack.enter_async_context(
                Supervised(module, folder / f"{name}-{part}.log", own, limit)
            )
        await here.settled()
        yield here


def _of_the_console(here: Site) -> dict[str, str]:
    """No fault of the network is its own; to one node of several it would be away with that one."""
    return {
        "RABBITMQ_URL": here.beside.through(here.broker_url),
        "DATABASE_URL": here.database_url,
        "RABBITMQ_MANAGEMENT_URL": here.nodes.rabbitmq.management_url,
    }


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
        await connection.run_sync(effects_and_arrivals.create_all)
    await database.close()
    await register(url, "operator", PASSWORD, "operator")
