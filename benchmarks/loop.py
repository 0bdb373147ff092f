"""One event loop per scenario, stopped by the same signals as the rest of the benchmark."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

from infra.local.foreground import StopRequested

T = TypeVar("T")
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``; its clean-up runs when a signal ends it.

    Raises:
        StopRequested: a signal came.
    """
    # A loop that closes leaves the default handlers behind, under which the servers would be orphaned.
    after = {number: signal.getsignal(number) for number in _STOPPING}
    try:
        return uvloop.run(_stoppable(work))
    except asyncio.CancelledError:
        # A second Ctrl-C must not end the clean-up of the servers half-way.
        after = dict.fromkeys(_STOPPING, signal.SIG_IGN)
        raise StopRequested from None
    finally:
        for number, handler in after.items():
            signal.signal(number, handler)


async def _stoppable(work: Coroutine[Any, Any, T]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    for number in _STOPPING:
        loop.add_signal_handler(number, task.cancel)
    return await task
