"""`make up` and `make down`: one supervisor over everything, and nothing left behind."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.local import services, stack
from infra.local.errors import LocalError
from infra.local.layout import Layout
from infra.local.ports import answers, read
from infra.local.processes import alive, marked, read_pid, send, until, wait_gone
from infra.local.rabbitmq import PrivateRabbit
from infra.local.settings import read_stack_env


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory, rabbitmq: PrivateRabbit) -> Iterator[Layout]:
    """A checkout's folder without services; its broker is named by the environment, the rest is private.

    The stack may be up or down when a test begins.
    """
    layout = Layout(tmp_path_factory.mktemp("a checkout with 100% spaces; and more"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RABBITMQ_URL", rabbitmq.url)
        yield layout
    stack.down(layout)


def test_a_server_named_by_the_environment_is_used(layout: Layout, rabbitmq: PrivateRabbit) -> None:
    settings = stack.up(layout, wanted=())
    assert settings["RABBITMQ_URL"] == rabbitmq.url
    assert set(stack.status(layout)) == {"postgres", "valkey", "ports", "supervisord"}
    psycopg.connect(settings["DATABASE_URL"]).close()


def test_up_twice_is_up_once_and_down_leaves_nothing(layout: Layout, rabbitmq: PrivateRabbit) -> None:
    stack.up(layout, wanted=())
    before = stack.status(layout)
    stack.up(layout, wanted=())
    assert stack.status(layout) == before
    stack.down(layout)
    assert marked(layout.mark) == []
    assert list(layout.run.glob("*.pid")) == []
    assert rabbitmq.ready()


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_server_is_back_with_its_pid_in_its_file(layout: Layout, name: str) -> None:
    stack.up(layout, wanted=())
    killed = _pid(layout, name)
    assert (Path("/proc") / str(killed) / "comm").read_text().strip() in {"postgres", "valkey-server"}
    send([killed], signal.SIGKILL)
    port = read(layout.data / name / "ports.json")[name]
    assert until(lambda: _pid(layout, name) != killed and answers(port), seconds=10)


def _born(pid: int) -> str | None:
    """Field 22 of /proc/PID/stat: clock ticks since the machine started."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def test_what_a_killed_supervisor_left_is_cleaned_up_by_the_next_start(layout: Layout) -> None:
    before = stack.up(layout, wanted=())
    # By pid and time of birth: pids are used again.
    orphans = {pid: _born(pid) for pid in stack.status(layout).values() if pid}
    supervisor_pid = _pid(layout, "supervisord")
    send([supervisor_pid], signal.SIGKILL)
    # Killed is not gone yet: the next start must not take it for one that runs.
    assert not wait_gone([supervisor_pid], 10)
    assert alive(_pid(layout, "postgres"))
    assert stack.up(layout, wanted=()) == before
    left = {pid for pid, born in orphans.items() if alive(pid) and _born(pid) == born}
    assert not left, {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left}
    assert all(stack.status(layout).values())


def test_a_pid_file_that_names_a_stranger_touches_nobody(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    for name in ("supervisord", "postgres"):
        layout.pid_file(name).write_text(f"{os.getpid()}\n")
    assert set(stack.status(layout).values()) == {None}
    assert stack.down(layout) == 0


def test_a_restart_changes_nothing_but_a_port_taken_in_the_meantime(layout: Layout) -> None:
    before = stack.up(layout, wanted=())
    with layout.stack_env.open("a") as file:
        file.write("DEMO_COMPANY_ID=42\n")
    stack.down(layout)
    taken = read(layout.data / "valkey" / "ports.json")["valkey"]
    with socket.create_server(("127.0.0.1", taken)):
        stack.up(layout, wanted=())
    after = read_stack_env(layout.stack_env)
    assert str(taken) not in after.pop("REDIS_URL")
    assert after == {name: before[name] for name in before if name != "REDIS_URL"} | {"DEMO_COMPANY_ID": "42"}
    assert layout.stack_env.stat().st_mode & 0o777 == 0o600


def test_a_running_stack_refuses_another_server(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.up(layout, wanted=())
    monkeypatch.setenv("RABBITMQ_URL", "amqp://elsewhere/")
    with pytest.raises(LocalError, match="make down"):
        stack.up(layout, wanted=())


def test_a_service_that_does_not_start_fails_with_its_log_and_stops_everything(layout: Layout) -> None:
    stack.down(layout)
    broken = services.Service("broken", "shared.db.migrate", {"PORT": "ops_console"})
    with pytest.raises(LocalError, match="broken"):
        stack.up(layout, wanted=(broken,), patience=3.0)
    assert marked(layout.mark) == []


def _pid(layout: Layout, name: str) -> int:
    pid = read_pid(layout.pid_file(name))
    assert pid is not None
    return pid
