"""Private servers of one test session, started when the first test asks for them."""

import re
import secrets
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

from infra.local.postgres import PrivatePostgres
from infra.local.private_server import PrivateServer
from infra.local.rabbitmq import PrivateRabbit
from infra.local.valkey import PrivateValkey
from shared.db.migrate import migrate
from tests.stack import stack as stack  # noqa: PLC0414  # a fixture for every folder

Server = TypeVar("Server", bound=PrivateServer)


class SideBySide(LoadScopeScheduling):
    """A module stays on one worker; all that look at the one private stack stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return "stack" if nodeid.startswith(("tests/e2e/", "tests/faults/")) else nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SideBySide:
    """How the tests are dealt out when several workers run."""
    return SideBySide(config, log)


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


@pytest.fixture(scope="module")
def database_url(postgres: PrivatePostgres, request: pytest.FixtureRequest) -> str:
    """A database of this module's own, with the newest schema."""
    name = f"{_plain(request)}_{secrets.token_hex(4)}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    url = postgres.url.removesuffix("/askpro") + f"/{name}"
    migrate(url)
    return url


@pytest.fixture(scope="module")
def broker_url(rabbitmq: PrivateRabbit, request: pytest.FixtureRequest) -> str:
    """A virtual host of this module's own: the names of queues are fixed."""
    name = f"{_plain(request)}-{secrets.token_hex(4)}"
    parts = urlsplit(str(rabbitmq.management_url))
    for path in (f"vhosts/{name}", f"permissions/{name}/{parts.username}"):
        _put(
            f"{parts.scheme}://{parts.hostname}:{parts.port}/api/{path}", f"{parts.username}:{parts.password}"
        )
    return f"{rabbitmq.url.rsplit('/', 1)[0]}/{name}"


def _plain(request: pytest.FixtureRequest) -> str:
    return re.sub(r"[^a-z]+", "_", request.module.__name__.rsplit(".", 1)[-1].lower())[:40]


def _put(url: str, login: str) -> None:
    headers = {
        "Authorization": f"Basic {b64encode(login.encode()).decode()}",
        "Content-Type": "application/json",
    }
    body = b'{"configure": ".*", "write": ".*", "read": ".*"}'
    request = urllib.request.Request(url, body, headers, method="PUT")  # noqa: S310  # our own broker
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        assert answer.status in {201, 204}
