"""Work that must not delay the call that caused it, and must not vanish either."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

T = TypeVar("T")

_log = get_logger("resilience")


class Background:
    """Short tasks of one owner. A missing database is logged and forgotten: each process goes on alone."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def running(self) -> int:
        """How many have not ended, those among them whose result nobody waits for any more."""
        return len(self._tasks)

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Start ``work``; its errors end in the log."""
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def within(self, seconds: float, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work`` if it comes in time; what comes later is thrown away.

        ``work`` itself is never cancelled: a look at the database that is stopped half-way may keep its
        connection, and a busy database would soon have none left.

        Raises:
            TimeoutError: it did not come within ``seconds``.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise TimeoutError(f"took longer than {seconds:.1f} s")
        return task.result()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    async def idle(self) -> None:
        """Return once all that was started so far has ended."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def cancel(self) -> None:
        """End everything."""
        for task in set(self._tasks):
            task.cancel()
        await self.idle()

    async def _quietly(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except (InfrastructureError, TimeoutError) as error:
            _log.warning("shared_state.unreachable", error_message=str(error))
        except Exception:  # noqa: BLE001  # logged in full; nobody awaits this task
            _log.exception("background.failed")
