"""Who dies with a lease in hand holds up nobody longer than necessary."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import psycopg
import pytest

from services.provisioner.store.leases import BranchBusyError, Leases
from shared.db.engine import Database
from shared.errors import InfrastructureError
from tests.proxy import FaultProxy

COMPANY, BRANCH = "salon", "mitte"


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[FaultProxy]:
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from companies")
        connection.execute("insert into companies (id, name) values (%s, 'Salon')", (COMPANY,))
        connection.execute(
            "insert into branches (company_id, id, version, name, language, timezone, document) "
            "values (%s, %s, 1, 'Mitte', 'de-DE', 'Europe/Berlin', '{}')",
            (COMPANY, BRANCH),
        )
    async with FaultProxy(urlsplit(database_url).port or 5432) as running:
        yield running


@pytest.fixture
async def database(database_url: str, proxy: FaultProxy) -> AsyncIterator[Database]:
    database = Database(proxy.through(database_url), application="test")
    yield database
    await database.close()


async def test_a_delivery_that_was_held_takes_up_its_branch_again_at_once(
    proxy: FaultProxy, database: Database
) -> None:
    leases = Leases(database, seconds=40)

    async def interrupted() -> None:
        async with leases.of(COMPANY, BRANCH):
            proxy.cut()
            await database.ping()

    with pytest.raises(InfrastructureError):
        await interrupted()
    proxy.heal()
    async with leases.of(COMPANY, BRANCH) as lease:
        with pytest.raises(BranchBusyError):
            await Leases(database, seconds=40)._take(lease.__class__(COMPANY, BRANCH, "another"))
    async with Leases(database, seconds=40).of(COMPANY, BRANCH):
        pass


async def test_who_finds_a_branch_busy_comes_back_when_its_lease_has_ended(database: Database) -> None:
    async with Leases(database, seconds=40).of(COMPANY, BRANCH):
        with pytest.raises(BranchBusyError) as busy:
            async with Leases(database, seconds=40).of(COMPANY, BRANCH):
                pass
    assert busy.value.retry_within == pytest.approx(40, abs=5)
    assert busy.value.retry_after == 2.0
