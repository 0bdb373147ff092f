"""A company's key or secret that has changed is used at once by whoever remembered the old one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from pydantic import SecretStr

from services.ops_console.store.companies import Companies
from shared.db.circuits import PostgresCircuits
from shared.db.credentials import Credentials
from shared.db.engine import Database
from shared.db.vault import Vault
from shared.resilience.circuits import Circuits
from tests.processes import KEY
from tests.support import eventually

VAULT = Vault([SecretStr(KEY)])


async def test_a_changed_key_is_used_at_once(database_url: str) -> None:
    async with _service_and_console(database_url, "acme") as (companies, _, console):
        await console.change("acme", {"calcom_api_key": "new"}, by="ada")

        async def used() -> bool:
            company = await companies.of("acme")
            return company is not None and company.calcom_api_key == "new"

        await eventually(used)


async def test_a_changed_webhook_secret_is_used_at_once_and_a_refused_key_stays_refused(
    database_url: str,
) -> None:
    async with _service_and_console(database_url, "nord") as (companies, service, console):
        refusal = service.credential("calcom:nord", "nord")
        refusal.rejected(refusal.admit(), 401, "the key is wrong")
        await eventually(lambda: _is(service.is_open("calcom:nord")))
        assert await companies.of("nord")
        await console.change("nord", {"calcom_webhook_secret": "new"}, by="ada")

        async def used() -> bool:
            company = await companies.of("nord")
            return company is not None and company.calcom_webhook_secrets == ("new",)

        await eventually(used)
        assert service.is_open("calcom:nord")


async def test_what_no_circuit_was_ever_open_for_is_announced_as_well(database_url: str) -> None:
    async with _service_and_console(database_url, "west") as (_, service, console):
        heard: list[str | None] = []
        service.listen(lambda circuit: heard.append(circuit.company_id))
        await console.rotate("west", by="ada")
        await eventually(lambda: _is("west" in heard))
        assert not service.is_open("calcom:west")


@asynccontextmanager
async def _service_and_console(
    database_url: str, company: str
) -> AsyncIterator[tuple[Credentials, Circuits, Companies]]:
    """What a service remembers of a company for an hour, its circuits, and where the console changes keys."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        sql = "insert into companies (id, name, calcom_api_key_encrypted) values (%s, 'Acme', %s)"
        connection.execute(sql, (company, VAULT.seal("old")))
    database = Database(database_url, application="test")
    store = PostgresCircuits(database, database_url, source="syncer")
    service = Circuits(store, process="syncer", read_every=0.1)
    companies = Credentials(database, VAULT, ttl=3600, cold=15)
    service.listen(companies.heed)
    await service.start()
    known = await companies.of(company)
    assert known is not None
    assert (known.calcom_api_key, known.calcom_webhook_secrets) == ("old", ())
    yield companies, service, Companies(database, VAULT)
    await service.stop()
    await database.close()


async def _is(answer: bool) -> bool:
    return answer
