"""Servers that may be killed, and the closing table."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from infra.local.postgres import PrivatePostgres
from tests.faults.closing import Closing
from tests.faults.depths import CountingRabbit
from tests.faults.open_site import open_site
from tests.faults.open_town import open_town
from tests.faults.site import Nodes, Site
from tests.faults.town import Town

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder belongs to ``make faults``; long tests of other folders do as well."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A broker and a database of the fault tests alone."""
    folder = tmp_path_factory.mktemp("nodes")
    servers = Nodes(CountingRabbit(folder / "rabbitmq"), PrivatePostgres(folder / "postgres"))
    try:
        servers.postgres.start()
        servers.rabbitmq.start()
        yield servers
    finally:
        servers.rabbitmq.kill()
        servers.postgres.kill()


@pytest.fixture
def closing(request: pytest.FixtureRequest) -> Iterator[Closing]:
    """The closing table's lines of this test."""
    made = Closing(request)
    yield made
    made.end()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tells what was measured while the test goes on; no test is decided by the telling."""
    began = time.monotonic()

    def tell(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {time.monotonic() - began:6.1f} s  {text}", end="", flush=True)  # noqa: T201

    return tell


@pytest.fixture(scope="session")
async def whole_site(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One site for all tests that can share it; each accounts for its own load."""
    async with open_site(nodes, Path(tmp_path_factory.mktemp("site"))) as made:
        yield made


@pytest.fixture
async def here(whole_site: Site) -> AsyncIterator[Site]:
    """As it should be, before and after each test."""
    whole_site.begin()
    yield whole_site
    await whole_site.heal()


@pytest.fixture(scope="session")
async def whole_town(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The services that speak to providers, for all tests about providers."""
    async with open_town(nodes, Path(tmp_path_factory.mktemp("town"))) as made:
        yield made


@pytest.fixture
async def town(whole_town: Town) -> AsyncIterator[Town]:
    """As it should be, before and after each test."""
    whole_town.begin()
    yield whole_town
    await whole_town.heal()
