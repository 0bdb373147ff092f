"""Whether the event loop turns: what blocks it blocks every delivery, request and heartbeat here."""

import asyncio
from typing import Final

from prometheus_client import Histogram

from shared.observability.logging import get_logger
from shared.observability.metrics import BUCKETS

_log = get_logger("service")
_EVERY_SECONDS: Final = 0.5
#: The scheduler of a busy machine takes less; a caller on the line notices more.
_WORTH_TELLING: Final = 1.0
_LAG: Final = Histogram(
    "askpro_event_loop_lag_seconds", "How late the event loop woke a task that slept.", buckets=BUCKETS
)


async def watch_loop() -> None:
    """Measure how late a short sleep ends; runs until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _EVERY_SECONDS
        await asyncio.sleep(_EVERY_SECONDS)
        late = loop.time() - due
        _LAG.observe(late)
        if late > _WORTH_TELLING:
            _log.warning("loop.blocked", seconds=round(late, 1))
