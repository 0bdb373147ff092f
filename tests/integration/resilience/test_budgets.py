"""A credential's budget is one for all processes, a third of it is the callers'."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from shared.db.budgets import PostgresBudgets, _seconds_left
from shared.db.circuits import PostgresCircuits
from shared.db.engine import Database
from shared.errors import CredentialOpenError
from shared.resilience.circuit_state import Opening
from shared.resilience.headers import Allowance
from shared.resilience.limits import Limits
from shared.resilience.policies import CALCOM, CALCOM_VOICE

#: A busy machine is slow, not away.
PATIENT = 10.0


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="test")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("truncate rate_budgets, circuits")
    yield database
    await database.close()


async def test_two_processes_share_one_budget(database: Database) -> None:
    processes = (
        Limits(PostgresBudgets(database), patience=PATIENT),
        Limits(PostgresBudgets(database), patience=PATIENT),
    )
    waits: list[float] = []
    for _ in range(13):
        waits += await asyncio.gather(
            *(processes[n % 2].take("calcom:acme", CALCOM_VOICE) for n in range(10))
        )
    assert sum(1 for wait in waits if wait == 0) == 120
    assert all(0 < wait <= 60 for wait in waits if wait)


async def test_a_third_is_kept_for_callers(database: Database) -> None:
    limits = Limits(PostgresBudgets(database), patience=PATIENT)
    background = [await limits.take("calcom:acme", CALCOM) for _ in range(90)]
    assert sum(1 for wait in background if wait == 0) == 80
    assert await limits.take("calcom:acme", CALCOM_VOICE) == 0


async def test_one_companys_budget_is_not_anothers(database: Database) -> None:
    limits = Limits(PostgresBudgets(database), patience=PATIENT)
    for _ in range(81):
        await limits.take("calcom:acme", CALCOM)
    assert await limits.take("calcom:other", CALCOM) == 0


async def test_what_the_provider_counts_is_true_where_it_is_lower(database: Database) -> None:
    store = PostgresBudgets(database)
    assert (await store.take("calcom:acme", per_minute=120, reserved=0)).remaining == 119
    await store.correct("calcom:acme", Allowance(limit=200, remaining=3, resets_in=20))
    assert (await store.take("calcom:acme", per_minute=120, reserved=0)).remaining == 2
    await store.take("calcom:acme", per_minute=120, reserved=0)
    await store.take("calcom:acme", per_minute=120, reserved=0)
    assert 15 < (await store.take("calcom:acme", per_minute=120, reserved=0)).wait <= 20


async def test_a_key_that_closes_while_a_refusal_is_looked_into_costs_no_rest_of_the_window(
    database: Database,
) -> None:
    store = PostgresBudgets(database)
    await store.take("calcom:acme", per_minute=3, reserved=1 / 3)
    async with database.transaction() as session:
        # White box: this is asked after a refusal, and by now the key's circuit is closed.
        assert await _seconds_left(session, "calcom:acme", 1 / 3) < 0.1
    await store.take("calcom:acme", per_minute=3, reserved=1 / 3)
    async with database.transaction() as session:
        assert 50 < await _seconds_left(session, "calcom:acme", 1 / 3) <= 60


async def test_a_process_that_has_not_heard_of_a_429_does_not_ask_either(
    database: Database, database_url: str
) -> None:
    limits = Limits(PostgresBudgets(database), patience=PATIENT)
    assert await limits.take("calcom:acme", CALCOM) == 0
    circuits = PostgresCircuits(database, database_url, source="other")
    await circuits.open(Opening("calcom:acme", "credential", "429: rate limit", 20.0, "other", "acme"))
    for policy in (CALCOM, CALCOM_VOICE):
        with pytest.raises(CredentialOpenError) as caught:
            await limits.take("calcom:acme", policy)
        assert caught.value.circuit == "calcom:acme"
        assert 15 < (caught.value.retry_after or 0) <= 20
    await circuits.close("calcom:acme", by="other", reason="the pause is over")
    assert await limits.take("calcom:acme", CALCOM) == 0


async def test_a_refused_key_is_waited_for_until_somebody_acts_not_for_a_window(
    database: Database, database_url: str
) -> None:
    store = PostgresBudgets(database)
    await store.take("calcom:acme", per_minute=3, reserved=0)
    circuits = PostgresCircuits(database, database_url, source="other")
    await circuits.open(Opening("calcom:acme", "credential", "401: no", None, "other", "acme", 401))
    with pytest.raises(CredentialOpenError) as caught:
        await store.take("calcom:acme", per_minute=3, reserved=0)
    assert caught.value.retry_after is None


async def test_a_limit_that_the_provider_has_raised_is_there_at_once(database: Database) -> None:
    limits = Limits(PostgresBudgets(database), patience=PATIENT)
    assert await limits.take("calcom:acme", CALCOM) == 0
    limits.correct("calcom:acme", Allowance(limit=600, remaining=590, resets_in=40), usual=120)
    await limits._background.idle()
    background = [await limits.take("calcom:acme", CALCOM) for _ in range(100)]
    assert set(background) == {0.0}


async def test_a_window_that_is_over_begins_anew(database: Database) -> None:
    store = PostgresBudgets(database)
    await store.take("calcom:acme", per_minute=2, reserved=0)
    await store.correct("calcom:acme", Allowance(remaining=0, resets_in=0.2))
    assert (await store.take("calcom:acme", per_minute=2, reserved=0)).wait > 0
    deadline = asyncio.get_running_loop().time() + 5
    while (await store.take("calcom:acme", per_minute=2, reserved=0)).wait > 0:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)


async def test_without_the_database_each_process_takes_its_share() -> None:
    database = Database("postgresql://nobody@127.0.0.1:9/none", application="test")
    limits = Limits(PostgresBudgets(database))
    waits = [await limits.take("calcom:acme", CALCOM_VOICE) for _ in range(25)]
    assert sum(1 for wait in waits if wait == 0) == 20
    await database.close()
