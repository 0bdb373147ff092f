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

#: What costs many seconds to start is started for one worker.
_TOGETHER = {
    "stack": ("tests/e2e/", "tests/faults/test_kill_any_process.py"),
    "proxies": ("tests/contract/",),
}


class SideBySide(LoadScopeScheduling):
    """A module stays on one worker; all that look at the one private stack, or the proxies, stay together."""

    def _split_scope(self, nodeid: str) -> str:
        together = (name for name, folders in _TOGETHER.items() if nodeid.startswith(folders))
        return next(together, nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SideBySide:
    """How the tests are dealt out when several workers run."""
    return SideBySide(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The closing table of the fault tests; what contract tests correct, or why there were none."""
    ended = [one for kind in ("", "error") for one in terminalreporter.getreports(kind)]
    failed = [one.nodeid for kind in ("failed", "error") for one in terminalreporter.getreports(kind)]
    faults = lines_of(ended, failed)
    _section(terminalreporter, "faults", table(faults) if faults else [])
    _section(terminalreporter, "corrections of published documents", _told(terminalreporter, "correction"))
    _section(terminalreporter, "contract tests skipped", _skipped(terminalreporter, "tests/contract/"))


def _told(terminalreporter: Any, kind: str) -> list[str]:
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    return [
        line
        for report in reports
        if report.when == "call"
        for name, line in report.user_properties
        if name == kind
    ]


def _skipped(terminalreporter: Any, folder: str) -> list[str]:
    """Each reason once."""
    reports = terminalreporter.getreports("skipped")
    reasons = {report.longrepr[2] for report in reports if report.nodeid.startswith(folder)}
    return sorted(reason.removeprefix("Skipped: ") for reason in reasons)


def _section(terminalreporter: Any, title: str, lines: list[str]) -> None:
    if lines:
        terminalreporter.section(title)
        for line in lines:
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
