"""The steps as they happen, each with its time; a step that does not happen is an error that names it."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import httpx

from shared.clients.console import ConsoleError

T = TypeVar("T")

#: A process that was killed is back within 10 s; the slowest way round is repair after a lost webhook.
_PATIENCE: Final = 90.0
_POLL: Final = 0.1
_AWAY: Final = (ConsoleError, httpx.HTTPError, OSError)


class MissingStepError(Exception):
    """The demo's story breaks off at `step`, because of `trouble`."""

    def __init__(self, step: str, trouble: str) -> None:
        super().__init__(f"{step}: {trouble}")
        self.step = step


@dataclass(slots=True)
class Timeline:
    """Counts from its first step."""

    _started: float | None = None
    steps: list[tuple[str, float]] = field(default_factory=list)

    def note(self, step: str, remark: str = "") -> None:
        """This has happened now."""
        now = time.monotonic()
        self._started = self._started if self._started is not None else now
        seconds = now - self._started
        self.steps.append((step, seconds))
        sys.stdout.write(f"  {seconds:6.2f} s  {step:34} {remark}".rstrip() + "\n")
        sys.stdout.flush()

    async def until(
        self, step: str, probe: Callable[[], Awaitable[T | None]], remark: Callable[[T], str] | None = None
    ) -> T:
        """Wait for the first truthy answer of ``probe`` and note it; servers may be away meanwhile.

        Raises:
            MissingStepError: after 90 s.
        """
        found = await patiently(step, probe)
        self.note(step, remark(found) if remark else "")
        return found


async def patiently(what: str, probe: Callable[[], Awaitable[T | None]]) -> T:
    """The first truthy answer of ``probe``.

    Raises:
        MissingStepError: there was none within 90 s; says what was last in the way.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            if answer := await probe():
                return answer
            trouble = "it did not happen"
        except _AWAY as error:
            trouble = str(error) or type(error).__name__
        if time.monotonic() > deadline:
            raise MissingStepError(what, f"{trouble} (waited {_PATIENCE:.0f} s)")
        await asyncio.sleep(_POLL)
