"""Attempts that outlive the request that began them: joined by key, drained before the process ends."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class InFlight(Generic[T]):
    """``soft``: seconds a caller waits for an attempt before hearing that it takes a moment."""

    def __init__(self, *, soft: float) -> None:
        self._soft = soft
        self._tasks: dict[str, asyncio.Task[T]] = {}

    def of(self, key: str) -> asyncio.Task[T] | None:
        """The attempt that is on its way."""
        return self._tasks.get(key)

    def start(self, key: str, work: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """Begin, or join what has begun under the same key."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(work())
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    async def within_patience(self, task: asyncio.Task[T]) -> T | None:
        """The result, None where it takes longer; the attempt goes on either way. Raises what it raised."""
        done, _ = await asyncio.wait({task}, timeout=self._soft)
        return task.result() if done else None

    async def drain(self, *, seconds: float = 12.0) -> None:
        """Wait for what is on its way; what takes longer is left to its row."""
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()), timeout=seconds)


class Patience:
    """Waits only so long; what takes longer goes on by itself, and nobody waits for it any more.

    Not a cancellation: a query to a database that has frozen takes 10 s to be cancelled.
    """

    def __init__(self) -> None:
        self._left: set[asyncio.Task[Any]] = set()

    async def result(self, work: Coroutine[Any, Any, T], *, seconds: float) -> T | None:
        """The result, None where it takes longer. Raises what ``work`` raised in time."""
        task = asyncio.get_running_loop().create_task(work)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if done:
            return task.result()
        self._left.add(task)
        task.add_done_callback(self._ended)
        return None

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled():
            # Asked for, so that nobody reports it as forgotten.
            task.exception()
