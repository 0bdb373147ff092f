"""The bench of this folder, empty before each test."""

from collections.abc import AsyncIterator

import pytest

from infra.simulators.runner import Simulators
from tests.integration.notifier.bench import Bench, bench


@pytest.fixture(scope="module")
async def inboxes() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@pytest.fixture(scope="module")
async def module_bench(database_url: str, inboxes: Simulators) -> AsyncIterator[Bench]:
    async with bench(database_url, inboxes) as made:
        yield made


@pytest.fixture
async def notifier(module_bench: Bench) -> Bench:
    await module_bench.forget()
    return module_bench
