"""One answer for all who ask within a while: a hundred open pages cost what one does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Glance(Generic[T]):
    """``ask`` is asked at most once within ``seconds``, whether it answers or fails."""

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asked: asyncio.Future[T] | None = None
        self._until = 0.0

    async def __call__(self) -> T:
        """The answer; raises what ``ask`` raised."""
        now = time.monotonic()
        if self._asked is None or (self._asked.done() and now >= self._until):
            self._asked, self._until = asyncio.ensure_future(self._ask()), now + self._seconds
        # Whoever goes away takes nothing from the others.
        return await asyncio.shield(self._asked)
