"""Waiting until nothing is wrong any more, while servers are killed and started."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def at_last(
    problem: Callable[[], Awaitable[str]], what: str, *, within: float, every: float = 0.3
) -> None:
    """Return once ``problem`` is empty; fails after ``within`` seconds with ``what`` and its last words."""
    deadline = time.monotonic() + within
    while found := await _said(problem):
        assert time.monotonic() < deadline, f"{what}, after {within} s: {found}"
        await asyncio.sleep(every)


async def _said(problem: Callable[[], Awaitable[str]]) -> str:
    """A server that does not answer yet is a problem like others; what is wrong for good ends by the time."""
    try:
        return await problem()
    except Exception as error:  # noqa: BLE001  # whatever it is: it ends, or is told at the end
        return f"{type(error).__name__}: {error}"
