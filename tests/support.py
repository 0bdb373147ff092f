"""What many tests need: waiting by polling, and names that no other test has."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")


async def eventually(
    probe: Callable[[], Awaitable[Value]],
    *,
    within: float = 15.0,
    every: float = 0.05,
    of: str = "the condition",
) -> Value:
    """The first truthy answer of ``probe``; fails after ``within`` seconds with the last answer."""
    deadline = time.monotonic() + within
    while True:
        answer = await probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{of} did not come true within {within} s; last answer: {answer!r}")
        await asyncio.sleep(every)
