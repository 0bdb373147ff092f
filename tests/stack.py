"""The whole stack as `make up` starts it, in a private copy of this checkout."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from infra.local.layout import Layout
from infra.local.ports import answers, read
from infra.local.processes import marked, read_pid, until
from infra.local.services import ALL
from infra.local.settings import read_stack_env
from infra.local.waiting import answers_ready
from shared.clients.console import ConsoleClient, ConsoleError

ROOT = Path(__file__).resolve().parent.parent
#: Where a server that has no health check answers: the file of its ports, and the name in it.
_SERVER_PORTS = {
    "rabbitmq": ("rabbitmq", "amqp"),
    "epmd": ("rabbitmq", "epmd"),
    "valkey": ("valkey", "valkey"),
}
# Servers that the caller's environment names would be used instead of private ones.
_NOT_PASSED_ON = {"RABBITMQ_URL", "DATABASE_URL", "REDIS_URL", "RABBITMQ_MANAGEMENT_URL"}


@dataclass(frozen=True)
class Answered:
    """What a command printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def ids(self) -> list[Any]:
        return [item["id"] for item in self.json["items"]]


@dataclass
class Stack:
    """A running stack; everything is asked as a person at this machine would ask."""

    root: Path

    @property
    def settings(self) -> dict[str, str]:
        return read_stack_env(self.layout.stack_env)

    @property
    def layout(self) -> Layout:
        return Layout(self.root)

    @cached_property
    def console(self) -> ConsoleClient:
        known = self.settings
        return ConsoleClient(known["CONSOLE_URL"], known["CONSOLE_USER"], known["CONSOLE_PASSWORD"])

    def askpro(self, *arguments: str, stdin: str = "", **environment: str) -> Answered:
        command = self._python("services.ops_console.cli", *arguments)
        done = subprocess.run(
            command, cwd=self.root, env=_environment(environment), input=stdin,
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return Answered(done.returncode, done.stdout, done.stderr)

    def listed(self, *path: str, **query: Any) -> list[dict[str, Any]]:
        """The items of a list of the console's API."""
        items: list[dict[str, Any]] = self.console.get(*path, **query)["items"]
        return items

    def settled(
        self, event_id: str, *, states: tuple[str, ...] = ("done",), handled: bool = True
    ) -> dict[str, Any]:
        """The event's story, once it is logged and in one of ``states`` for every queue that it went to."""
        story: dict[str, Any] = {}

        def rests() -> bool:
            with suppress(ConsoleError):
                story.update(self.console.get("events", event_id))
            return bool(story) and all(one["state"] in states for one in story["deliveries"])

        assert until(rests, 60.0, every=0.1), f"{event_id}: {story}"
        assert (story["handled"], bool(story["deliveries"])) == (handled, handled), story
        return story

    @contextmanager
    def demo(self) -> Iterator[subprocess.Popen[str]]:
        """The demo as a process that prints its timeline; ended with the block."""
        process = subprocess.Popen(
            self._python("infra.local.demo"), cwd=self.root, env=_environment({}),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        with process:
            try:
                yield process
            finally:
                process.kill()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.settings["DATABASE_URL"], row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def pid(self, name: str) -> int | None:
        return read_pid(self.layout.pid_file(name))

    def kill(self, name: str) -> int:
        """``kill -9``; the pid that was."""
        pid = self.pid(name)
        assert pid is not None, f"{name} does not run"
        os.kill(pid, signal.SIGKILL)
        return pid

    def ready(self, name: str) -> bool:
        """Whether the process does its work: its health says so, or its server answers."""
        if name == "postgres":
            # Its port answers before its recovery is over.
            with suppress(psycopg.OperationalError):
                return bool(self.rows("select 1"))
            return False
        if name in _SERVER_PORTS:
            server, port = _SERVER_PORTS[name]
            return answers(read(self.layout.data / server / "ports.json")[port])
        service = next(one for one in ALL if one.name == name)
        ports = read(self.layout.ports)
        return all(answers_ready(ports[port]) for port in service.health_ports)

    def _python(self, module: str, *arguments: str) -> list[str]:
        return [str(self.root / ".venv" / "bin" / "python"), "-m", module, *arguments]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for every test that wants one; who breaks something in it waits until it is whole again."""
    copy = Stack(_copied(tmp_path_factory.mktemp("stack") / "a checkout"))
    try:
        _run(copy, "up")
        yield copy
    finally:
        _run(copy, "down")
        assert marked(copy.layout.mark) == []


def _copied(root: Path) -> Path:
    """The files of this checkout, those not committed yet among them, with its virtual environment."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(ROOT / ".venv")
    return root


def _run(stack: Stack, command: str) -> None:
    done = subprocess.run(
        stack._python("infra.local", command), cwd=stack.root, env=_environment({}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON} | dict(more)
