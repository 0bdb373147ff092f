"""Private servers of one test session, started when the first test asks for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from infra.local.postgres import PrivatePostgres
from infra.local.private_server import PrivateServer
from infra.local.rabbitmq import PrivateRabbit
from infra.local.valkey import PrivateValkey

Server = TypeVar("Server", bound=PrivateServer)


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRabbit]:
    """A broker; `.url`, `.management_url`. A test that kills or freezes it starts or thaws it again."""
    yield from _running(PrivateRabbit(tmp_path_factory.mktemp("rabbitmq")))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivatePostgres]:
    """A database server; `.url` names its database `askpro`, which is empty."""
    yield from _running(PrivatePostgres(tmp_path_factory.mktemp("postgres")))


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateValkey]:
    """A cache; `.url`."""
    yield from _running(PrivateValkey(tmp_path_factory.mktemp("valkey")))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of this checkout."""
    return Path(__file__).resolve().parent.parent


def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.kill()
