"""Attempts that outlive the request that began them: joined by key, drained before the process ends."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

#: What has begun answers by itself within its budget; this is for a machine without breath.
_GRACE: Final = 2.0
#: What is known is committed within milliseconds, and who asks next finds it; a database that is away is not
#: waited for.
_COMMITS: Final = 0.3


class Attempt(Generic[T]):
    """What is on its way. ``known``: its result, from the moment it is known; it may not be written down yet.

    ``waited``: somebody was told that it takes a moment, and has to be told the end. Whoever finishes the
    attempt sets ``known`` and reads ``waited`` in one step: either the caller gets the result, or is noted.
    """

    def __init__(self) -> None:
        self._known: T | None = None
        self._is_known = asyncio.Event()
        self.waited = False
        self.task: asyncio.Task[None] | None = None

    @property
    def known(self) -> T | None:
        return self._known

    @known.setter
    def known(self, result: T | None) -> None:
        self._known = result
        if result is not None:
            self._is_known.set()

    async def within(self, seconds: float) -> T | None:
        """The result; None where it takes longer: it goes on. Raises what kept it from beginning."""
        if self.task is not None and self.known is None:
            await self._ends(self.task, seconds)
            if self.known is None and self.task.done():
                self.task.result()
        self.waited = self.waited or self.known is None
        return self.known

    async def _ends(self, task: asyncio.Task[None], seconds: float) -> None:
        known = asyncio.ensure_future(self._is_known.wait())
        await asyncio.wait({task, known}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        known.cancel()
        if self.known is not None:
            await asyncio.wait({task}, timeout=_COMMITS)


class InFlight(Generic[T]):
    """``soft``: seconds after its request came in when a caller hears that an attempt takes a moment."""

    def __init__(self, *, soft: float) -> None:
        self.soft = soft
        self._attempts: dict[str, Attempt[T]] = {}

    def of(self, key: str) -> Attempt[T] | None:
        """The attempt that is on its way."""
        return self._attempts.get(key)

    def start(self, key: str, work: Callable[[Attempt[T]], Coroutine[Any, Any, None]]) -> Attempt[T]:
        """Begin, or join what has begun under the same key."""
        attempt = self._attempts.get(key)
        if attempt is None:
            attempt = self._attempts[key] = Attempt()
            attempt.task = asyncio.get_running_loop().create_task(work(attempt))
            attempt.task.add_done_callback(lambda task: self._ended(key, task))
        return attempt

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        self._attempts.pop(key, None)
        if not task.cancelled():
            # Asked for, so that nobody reports it as forgotten where the caller waits no more.
            task.exception()

    async def drain(self, *, seconds: float = 12.0) -> None:
        """Wait for what is on its way; what takes longer is left to its row."""
        tasks = {each.task for each in self._attempts.values() if each.task is not None}
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


class Patience:
    """Waits only so long; what takes longer goes on by itself, and nobody waits for it any more.

    Not a cancellation: a query to a database that has frozen takes 10 s to be cancelled.
    """

    def __init__(self) -> None:
        self._left: dict[asyncio.Task[Any], Hashable] = {}

    async def result(
        self,
        work: Awaitable[T],
        *,
        seconds: float,
        key: Hashable = None,
        may_leave: Callable[[], bool] = lambda: True,
    ) -> T | None:
        """The result, None where it takes longer. Raises what ``work`` raised in time.

        ``may_leave`` is asked when time is up; where it says no, ``work`` is about to answer by itself.
        """
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done and not may_leave():
            done, _ = await asyncio.wait({task}, timeout=_GRACE)
        if done:
            return task.result()
        self._left[task] = key
        task.add_done_callback(self._ended)
        return None

    def hangs(self, key: Hashable) -> bool:
        """Something under this key was left, and has not ended since."""
        return key in self._left.values()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._left.pop(task, None)
        if not task.cancelled():
            # Asked for, so that nobody reports it as forgotten.
            task.exception()
