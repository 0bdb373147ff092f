"""Work that a process lives for: when it ends, so does the process, and is started again."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class BackgroundEndedError(Exception):
    """The process would live on without a part of it, and nobody would see that."""


async def for_good(name: str, work: Coroutine[Any, Any, None], may_end: Callable[[], bool]) -> None:
    """Run ``work``. A group takes no notice of a task that returns, or that a library's cancellation ends.

    Raises:
        BackgroundEndedError: it ended, nobody cancelled it, and it may not.
        Exception: of ``work``.
    """
    cancelled: asyncio.CancelledError | None = None
    try:
        await work
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        cancelled = error
    if not may_end():
        raise BackgroundEndedError(f"{name} has ended") from cancelled
