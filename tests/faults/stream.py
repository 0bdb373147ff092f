"""A steady stream of events beside the fault: how long each takes from being told to being done."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from itertools import count, cycle
from statistics import quantiles
from types import TracebackType
from typing import Self

from shared.contracts.events import BranchDeleted
from tests.faults.town import Town
from tests.support import eventually

Tell = Callable[[], Awaitable[str]]
_BRANCHES = 40


class Stream:
    """``tell`` at ``rate`` a second; it gives the id of an event that does not need what is broken."""

    def __init__(self, town: Town, tell: Tell, *, rate: float = 5) -> None:
        self._town = town
        self._tell = tell
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
        self.sent[await self._tell()] = began

    async def goes_on(self, number: int) -> None:
        """Return once so many more were told."""
        enough = len(self.sent) + number

        async def reached() -> bool:
            return len(self.sent) >= enough

        await eventually(reached, within=240, of=f"{number} more are told")

    async def p95(self, since: float, until: float) -> float:
        """Seconds, of those that were sent in between (Unix times); waits until they are done."""
        sent = {event_id: at for event_id, at in self.sent.items() if since <= at < until}
        await self._town.all_done(sent, within=300)
        rows = self._town.deliveries(sent)
        took = [row["updated_at"].timestamp() - sent[row["event_id"]] for row in rows]
        return float(quantiles(took, n=20)[-1])


async def needs_retell_alone(town: Town) -> Tell:
    """Branches that are given up again and again: each time the provisioner looks at Retell for what is left.

    Their company has no key for Cal.com. Of one branch after another: who finds one busy comes back later.
    """
    (salon,) = await town.settle(1)
    key = str((await town.retell.add_workspace())["api_key"])
    await asyncio.to_thread(
        town.site.console.patch, "companies", salon.company_id, body={"retell_api_key": key}
    )
    town.site.execute("update companies set calcom_api_key_encrypted = null where id = %s", salon.company_id)
    names = [f"branch-{secrets.token_hex(4)}" for _ in range(_BRANCHES)]
    branches, versions = cycle(names), count(1)

    async def tell() -> str:
        wish = BranchDeleted(company_id=salon.company_id, branch_id=next(branches), version=next(versions))
        return await town.producer.tell(wish)

    # Of the first time it is only written down: nobody had heard of them.
    await town.all_done([await tell() for _ in names], within=180)
    return tell
