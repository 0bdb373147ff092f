"""Servers that may be killed, and the closing table."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infra.local.postgres import PrivatePostgres
from infra.local.rabbitmq import PrivateRabbit
from tests.faults.closing import Closing
from tests.faults.site import Nodes, Site, site
from tests.faults.town import Town, open_town


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A broker and a database of the fault tests alone."""
    folder = tmp_path_factory.mktemp("nodes")
    servers = Nodes(PrivateRabbit(folder / "rabbitmq"), PrivatePostgres(folder / "postgres"))
    try:
        servers.postgres.start()
        servers.rabbitmq.start()
        yield servers
    finally:
        servers.rabbitmq.kill()
        servers.postgres.kill()


@pytest.fixture
def closing(request: pytest.FixtureRequest) -> Closing:
    """The closing table's lines of this test."""
    return Closing(request)


@pytest.fixture(scope="module")
async def here(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One site for all tests of a module; each accounts for its own load."""
    async with site(nodes, Path(tmp_path_factory.mktemp("site"))) as made:
        yield made


@pytest.fixture(scope="session")
async def whole_town(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The services that speak to providers, for all tests about providers."""
    async with open_town(nodes, Path(tmp_path_factory.mktemp("town"))) as made:
        yield made


@pytest.fixture
async def town(whole_town: Town) -> AsyncIterator[Town]:
    """As it should be, before and after each test."""
    yield whole_town
    await whole_town.heal()
