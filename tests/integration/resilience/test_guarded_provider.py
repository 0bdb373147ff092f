"""A real client, a real database, a provider that goes away and comes back: what two processes see of it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg
import pytest

from infra.simulators.control import CalcomControl
from infra.simulators.runner import Simulators
from shared.clients.calcom import Calcom
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.db.budgets import PostgresBudgets
from shared.db.circuits import PostgresCircuits
from shared.db.engine import Database
from shared.errors import DependencyOpenError, TransientError
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from shared.resilience.policies import CALCOM
from tests.support import eventually


@dataclass
class Process:
    circuits: Circuits
    calcom: Calcom


@pytest.fixture
async def control() -> AsyncIterator[CalcomControl]:
    async with Simulators() as simulators, CalcomControl(simulators.calcom_url) as control:
        await control.configure(booking_seconds=[0, 0])
        yield control


@pytest.fixture
async def processes(control: CalcomControl, database_url: str) -> AsyncIterator[list[Process]]:
    key = (await control.add_account(username="salon"))["apiKey"]
    database = Database(database_url, application="test")
    async with http_client() as http:
        made: list[Process] = []
        for number in range(2):
            store = PostgresCircuits(database, database_url, source="syncer")
            circuits = Circuits(store, process=f"p{number}", read_every=0.1, patience=15)
            limits = Limits(PostgresBudgets(database), patience=15)
            providers = Providers(http, Guards(circuits, limits), calcom_base_url=f"{control.root}/v2")
            made.append(Process(circuits, providers.calcom("salon", key, region="default")))
            await circuits.start()
        yield made
        for process in made:
            await process.circuits.stop()
    await database.close()


async def test_one_process_finds_it_away_both_wait_and_the_first_answer_lets_both_in(
    processes: list[Process], control: CalcomControl, database_url: str
) -> None:
    first, second = processes
    fault = await control.fault("GET /v2/me", "status", status=503)
    for _ in range(2):
        with pytest.raises(TransientError):
            await first.calcom.me()
    asked = len(await control.requests("/v2/me"))
    assert asked == CALCOM.fail_max

    async def refused() -> bool:
        return second.circuits.is_open("calcom")

    await eventually(refused)
    with pytest.raises(DependencyOpenError):
        await second.calcom.me()
    assert len(await control.requests("/v2/me")) == asked
    await control.heal(fault)
    assert await _held_until_answered(second) == "salon"
    assert await _held_until_answered(first) == "salon"

    async def told() -> bool:
        with psycopg.connect(database_url) as connection:
            rows = connection.execute("select event_type from outbox order by seq").fetchall()
        return [row[0] for row in rows] == ["circuit.opened", "circuit.closed"]

    await eventually(told)


async def _held_until_answered(process: Process) -> str:
    """As a held delivery does: let through, it may lose the probe to the other process and waits again."""
    while True:
        assert await process.circuits.wait_until_allowed("calcom", 30)
        with contextlib.suppress(DependencyOpenError):
            return (await process.calcom.me()).username


async def test_the_providers_own_count_corrects_ours(
    processes: list[Process], control: CalcomControl, database_url: str
) -> None:
    await control.configure(rate_limit_per_minute=20)
    await processes[0].calcom.me()

    async def corrected() -> bool:
        with psycopg.connect(database_url) as connection:
            row = connection.execute("select per_minute, remaining from rate_budgets").fetchone()
        return row is not None and row[0] == 20 and row[1] < 20

    await eventually(corrected)
