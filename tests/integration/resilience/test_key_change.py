"""A company's key that has changed is used at once by whoever remembered the old one."""

import psycopg
from pydantic import SecretStr

from shared.db.circuits import PostgresCircuits
from shared.db.credentials import Credentials
from shared.db.engine import Database
from shared.db.vault import Vault
from shared.resilience.circuits import Circuits
from tests.processes import KEY
from tests.support import eventually

VAULT = Vault([SecretStr(KEY)])


async def test_a_changed_key_is_used_at_once(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        sql = "insert into companies (id, name, calcom_api_key_encrypted) values ('acme', 'Acme', %s)"
        connection.execute(sql, (VAULT.seal("old"),))
    database = Database(database_url, application="test")
    service, console = (
        Circuits(PostgresCircuits(database, database_url, source=name), process=name, read_every=0.1)
        for name in ("syncer", "console")
    )
    companies = Credentials(database, VAULT, ttl=3600, cold=15)
    service.listen(companies.heed)
    await service.start()
    assert await _key(companies) == "old"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update companies set calcom_api_key_encrypted = %s", (VAULT.seal("new"),))
    await console.renew("calcom:acme", "acme", by="ada")

    async def used() -> bool:
        return await _key(companies) == "new"

    await eventually(used)
    await service.stop()
    await database.close()


async def _key(companies: Credentials) -> str | None:
    company = await companies.of("acme")
    return None if company is None else company.calcom_api_key
