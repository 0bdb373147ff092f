"""A steady stream of calls beside the fault: how long each takes from its webhook to its effect."""

import asyncio
import time
from statistics import quantiles
from types import TracebackType
from typing import Self

from tests.faults.town import Town


class Stream:
    """Calls at ``rate`` a second, in a queue that needs no provider."""

    def __init__(self, town: Town, *, rate: float = 5) -> None:
        self._town = town
        self._rate = rate
        self._sending: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self.sent: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await asyncio.gather(*self._sending)

    async def _run(self) -> None:
        while True:
            task = asyncio.create_task(self._one())
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            await asyncio.sleep(1 / self._rate)

    async def _one(self) -> None:
        began = time.time()
        self.sent[await self._town.producer.call_ended()] = began

    async def p95(self, since: float, until: float) -> float:
        """Seconds, of those that were sent in between (Unix times); waits until they are done."""
        sent = {event_id: at for event_id, at in self.sent.items() if since <= at < until}
        await self._town.all_done(sent, within=120)
        rows = self._town.deliveries(sent)
        took = [row["updated_at"].timestamp() - sent[row["event_id"]] for row in rows]
        return float(quantiles(took, n=20)[-1])
