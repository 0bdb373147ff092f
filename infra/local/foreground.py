"""`make run`: the stack in the foreground, until Ctrl-C, a signal, or the end of the make that started it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody wants this to end; no Exception, so that nothing on the way takes it for a failure."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first of the ending signals into StopRequested; later ones do not disturb the clean-up.

    Set explicitly, because a shell starts background jobs with Ctrl-C ignored.
    """
    before = {number: signal.signal(number, _request_stop) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Parent:
    """The make that started us, watched from the beginning: it may end or be interrupted silently."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._caught = _catches_interrupt(self._pid)

    @property
    def wants_us(self) -> bool:
        """Whether it is still there, and undisturbed."""
        return os.getppid() == self._pid and _catches_interrupt(self._pid) == self._caught


def stay(parent: Parent, alive: Callable[[], bool]) -> None:
    """Raise StopRequested when a signal comes or the parent is done; return when nothing is left alive."""
    while alive():
        if not parent.wants_us:
            raise StopRequested
        time.sleep(0.25)


def _request_stop(_number: int, _frame: FrameType | None) -> None:
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise StopRequested


def _catches_interrupt(pid: int) -> bool:
    """GNU make handles one SIGINT, gives up handling it, and waits for us, to whom it does not pass it on."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    caught = next((line for line in lines if line.startswith("SigCgt:")), "SigCgt: 0")
    return bool(int(caught.split()[1], 16) & 1 << (signal.SIGINT - 1))
