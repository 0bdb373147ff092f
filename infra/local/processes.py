"""Processes of this machine: alive or not, ours or not, gone or not.

Ours are those which carry the mark of a checkout in their environment: a pid that a crash left in a file and
that belongs to somebody else by now is never touched.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

MARK = "ASKPRO_STACK"
_PROC = Path("/proc")


def alive(pid: int) -> bool:
    """Whether the process exists and has not ended; a zombie has ended."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return not _PROC.joinpath("self").exists() and _answers(pid)
    return stat.rsplit(")", 1)[1].split()[0] not in {"Z", "X"}


def marked(mark: str) -> list[int]:
    """All living processes which carry this mark, whoever started them, except the one that asks."""
    wanted = f"{MARK}={mark}".encode()
    return [pid for pid in _pids() if wanted in _environment(pid) and alive(pid) and pid != os.getpid()]


def is_marked(pid: int, mark: str) -> bool:
    """Whether this living process carries the mark."""
    return f"{MARK}={mark}".encode() in _environment(pid) and alive(pid)


def read_pid(file: Path) -> int | None:
    """The pid in a file; none where the file is missing or torn."""
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return None


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signal each; one that has ended in the meantime is what was wanted."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def wait_gone(pids: Iterable[int], seconds: float) -> list[int]:
    """Wait until all have ended; returns those that have not."""
    watched = list(pids)
    until(lambda: not any(map(alive, watched)), seconds)
    return [pid for pid in watched if alive(pid)]


def until(condition: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Poll until the condition holds; false when it did not within that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def _pids() -> Iterator[int]:
    if not _PROC.exists():
        return
    yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _environment(pid: int) -> list[bytes]:
    try:
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
