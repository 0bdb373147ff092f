"""What the three private servers share: a folder with ports, password, data and log, and a life."""

import secrets
import signal
import subprocess
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from infra.local.errors import LocalError
from infra.local.ports import Claim, claim
from infra.local.processes import alive, send, until
from infra.local.programs import Program, spawn, tail


class PrivateServer(ABC):
    """A server of our own on loopback, with a generated password; everything it has is below `folder`.

    Ports, password and data survive `stop` and `kill9`: the next `start` continues where it was. The ports
    stay claimed as long as this object lives.
    """

    name: ClassVar[str]
    port_names: ClassVar[tuple[str, ...]]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    @abstractmethod
    def url(self) -> str:
        """The address with user and password."""

    @property
    @abstractmethod
    def programs(self) -> tuple[Program, ...]:
        """What has to run, in the order of starting; the last one is the server itself."""

    @abstractmethod
    def prepare(self) -> None:
        """Write the configuration and, the first time, the empty data folder. Idempotent."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it does its work; one quick attempt."""

    @cached_property
    def claim(self) -> Claim:
        """Its ports, ours until `claim.release()`."""
        return claim(self.ports_file, self.port_names)

    @property
    def ports_file(self) -> Path:
        """Where its ports are remembered."""
        return self.folder / "ports.json"

    @property
    def port(self) -> int:
        """The port its clients connect to."""
        return self.claim.ports[self.port_names[0]]

    @cached_property
    def password(self) -> str:
        """Generated once; kept in a file that only the owner reads."""
        file = self.folder / "password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(24))
        return file.read_text()

    @property
    def log(self) -> Path:
        """The log of a server that was started by `start`."""
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The server's own process; raises KeyError before `start`."""
        return self._running[self.name].pid

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that `start` started and that have not ended."""
        return tuple(one.pid for one in self._running.values() if one.poll() is None)

    @property
    def running(self) -> bool:
        """Whether the server's process lives, frozen or not."""
        return self.name in self._running and self._running[self.name].poll() is None

    def start(self, timeout: float = 90.0) -> None:
        """Start what does not run yet, wait until it is ready; raises LocalError with the end of its log."""
        self.prepare()
        for program in self.programs:
            if program.name not in self._running or self._running[program.name].poll() is not None:
                self._running[program.name] = spawn(program, self.log)
        ended_or_ready = until(lambda: not self.running or self.ready(), timeout)
        if not (ended_or_ready and self.running):
            self.kill()
            raise LocalError(f"{self.name} did not start:\n{tail(self.log)}", f"read {self.log}")

    def stop(self, timeout: float = 30.0) -> None:
        """End it politely, its companions after it; after `timeout` seconds by force."""
        self.thaw()
        for program in reversed(self.programs if self._running else ()):
            process = self._running.pop(program.name, None)
            if process is not None:
                _end(process, signal.Signals[f"SIG{program.stop_signal}"], timeout)

    def kill9(self) -> None:
        """End the server at once, as a crash would; companions stay. Returns when it is gone."""
        _end(self._running.pop(self.name), signal.SIGKILL, 10)

    def kill(self) -> None:
        """End the server and its companions at once."""
        for process in self._running.values():
            _end(process, signal.SIGKILL, 10)
        self._running.clear()

    def freeze(self) -> None:
        """Stop it in its tracks: it accepts connections and never answers."""
        send(self._tree(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        send(self._tree(), signal.SIGCONT)

    def _tree(self) -> list[int]:
        return _with_children(self.pid) if self.running else []


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text)


def _end(process: subprocess.Popen[bytes], number: signal.Signals, timeout: float) -> None:
    children = _with_children(process.pid)[1:]
    process.send_signal(number)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    # PostgreSQL's children notice the death of their parent by themselves, but not at once.
    until(lambda: not any(map(alive, children)), 10)
    send([child for child in children if alive(child)], signal.SIGKILL)


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        found += _children(parent)
    return found


def _children(pid: int) -> list[int]:
    """None where the process ends while it is looked at."""
    try:
        files = list(Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(child) for file in files for child in file.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
