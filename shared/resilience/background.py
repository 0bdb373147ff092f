"""Work that must not delay the call that caused it, and must not vanish either."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("resilience")


class Background:
    """Short tasks of one owner. A missing database is logged and forgotten: each process goes on alone."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Start ``work``; its errors end in the log."""
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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
