"""One answer for all who ask within a while: a hundred open pages cost what one does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Glance(Generic[T]):
    """``ask`` is asked at most once within ``seconds``, whether it answers or fails; or by who insists."""

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asked: asyncio.Future[T] | None = None
        self._until = 0.0

    async def __call__(self) -> T:
        """The answer; raises what ``ask`` raised."""
        return await (self._answer() if time.monotonic() < self._until else self.anew())

    async def anew(self) -> T:
        """The answer of now; those who ask meanwhile share it."""
        if self._asked is None or self._asked.done():
            self._until = time.monotonic() + self._seconds
            self._asked = asyncio.ensure_future(self._ask())
        return await self._answer()

    async def _answer(self) -> T:
        if self._asked is None:
            return await self.anew()
        # Whoever goes away takes nothing from the others.
        return await asyncio.shield(self._asked)
