"""Private servers of one test session, started when the first test asks for them."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from infra.local.postgres import PrivatePostgres
from infra.local.private_server import PrivateServer
from infra.local.rabbitmq import PrivateRabbit
from infra.local.valkey import PrivateValkey
from shared.db.migrate import migrate
from tests.faults.closing import lines_of, table
from tests.stack import stack as stack  # noqa: PLC0414  # a fixture for every folder
from tests.support import virtual_host

Server = TypeVar("Server", bound=PrivateServer)


# A machine with other work makes an example slow now and then; no timing decides a test.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

_ON_THE_STACK = ("tests/e2e/", "tests/faults/test_kill_any_process.py")


class SideBySide(LoadScopeScheduling):
    """A module stays on one worker; all that look at the one private stack stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return "stack" if nodeid.startswith(_ON_THE_STACK) else nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SideBySide:
    """How the tests are dealt out when several workers run."""
    return SideBySide(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The closing table of the fault tests."""
    failed = [one.nodeid for kind in ("failed", "error") for one in terminalreporter.getreports(kind)]
    reports = [one for kind in ("", "error") for one in terminalreporter.getreports(kind)]
    lines = lines_of(reports, failed)
    if lines:
        terminalreporter.section("faults")
        for line in table(lines):
            terminalreporter.write_line(line)


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
    return virtual_host(rabbitmq, f"{_plain(request)}-{secrets.token_hex(4)}")


def _plain(request: pytest.FixtureRequest) -> str:
    return re.sub(r"[^a-z]+", "_", request.module.__name__.rsplit(".", 1)[-1].lower())[:40]
