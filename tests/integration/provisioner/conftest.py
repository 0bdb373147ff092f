"""One company with accounts at the simulated providers, and a provisioner without its broker."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic import SecretStr

from infra.simulators.control import CalcomControl, RetellControl
from infra.simulators.runner import Simulators
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.db.engine import Database
from shared.db.vault import Vault
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.integration.provisioner.harness import ENCRYPTION_KEY, World

# Asserts for tests; without this a failure would not say what was found.
pytest.register_assert_rewrite("tests.integration.provisioner.stories")
OpenWorld = Callable[[], Awaitable[World]]


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@pytest.fixture
async def open_world(database_url: str, simulators: Simulators) -> AsyncIterator[OpenWorld]:
    """Opens companies, each with circuits of its own: what one was refused holds up no other."""
    vault = Vault((SecretStr(ENCRYPTION_KEY),))
    database = Database(database_url, application="test")
    async with (
        http_client() as http,
        RetellControl(simulators.retell_url) as retell,
        CalcomControl(simulators.calcom_url) as calcom,
    ):

        async def opened() -> World:
            guards = Guards(Circuits(None, process="test"), Limits(None))
            providers = Providers(
                http, guards, calcom_base_url=simulators.calcom_url, retell_base_url=simulators.retell_url
            )
            world = World(database_url, simulators, retell, calcom, database, providers, vault)
            await world.open()
            return world

        yield opened
        await retell.heal()
        await calcom.heal()
        await retell.configure(test_seconds=0)
        await retell.set_time(None)
        await database.close()


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world()
