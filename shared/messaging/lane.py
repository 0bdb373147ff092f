"""One table's rows → the broker. A batch stays locked until its confirms; what fails steps aside."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.batches import BATCH_BYTES
from shared.db.engine import Database
from shared.errors import InfrastructureError
from shared.messaging.publisher import Publisher
from shared.messaging.sources import Source, never_routable
from shared.messaging.unsendable import UnsendableError
from shared.observability.logging import get_logger
from shared.observability.metrics import RELAYED

_log = get_logger("relay")
#: Rows of a batch stay locked, their bodies in memory, until the broker has confirmed them.
_BATCH: Final = 200
#: Covers what a process left that died after its commit, and what became due.
_POLL_SECONDS: Final = 1.0
#: A confirm takes milliseconds; the queue of one that takes this long has lost its leader or its majority.
_SLOW_SECONDS: Final = 3.0
#: While a broker confirms nothing at all the rows stay locked a little longer, or every relay would send its
#: own copies at once.
_LONGEST_SECONDS: Final = 7.0
#: What failed alone is tried again after this long, so that what stands behind it gets its turn.
_ASIDE_SECONDS: Final = 2.0
_MOST_ASIDE: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Aside:
    """A row that others are sent before. ``sending``: still in flight."""

    row: Any
    until: float
    sending: asyncio.Task[None] | None = None


class Lane:
    """Runs until ``finish`` or cancelled; errors of database and broker are waited out."""

    def __init__(self, source: Source, database: Database, publisher: Publisher) -> None:
        self._source = source
        self._database = database
        self._publisher = publisher
        self._wake = asyncio.Event()
        self._running = self._finishing = False
        self._ended = asyncio.Event()
        self._aside: dict[int, _Aside] = {}
        database.on_outbox(self._wake.set)

    async def run(self) -> None:
        """Send what there is, wait for more."""
        self._running = True
        while True:
            last = self._finishing
            self._wake.clear()
            more = await self._careful_round()
            if last:
                self._ended.set()
                return
            if not more:
                await self._nap()

    async def finish(self) -> None:
        """End after one more round; returns when that is done, at once where it never ran."""
        self._finishing = True
        self._wake.set()
        if self._running:
            await self._ended.wait()

    async def _nap(self) -> None:
        # wait_for, not asyncio.timeout: the latter is wrong in a cancelled task's clean-up on 3.11.2.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _POLL_SECONDS)

    async def _careful_round(self) -> bool:
        try:
            await self._settle_aside()
            return await self._round()
        except InfrastructureError as error:
            _log.warning("relay.waits", gate=error.gate, reason=str(error))
        except Exception:  # noqa: BLE001  # a relay that died unseen would stop everything silently
            _log.exception("relay.failed")
        return False

    async def _round(self) -> bool:
        """Whether more may be there at once."""
        if len(self._aside) >= _MOST_ASIDE or not await self._publisher.accepts():
            return False
        async with self._database.transaction() as session:
            await session.execute(_PATIENCE)
            rows = await self._source.take(session, _BATCH, self._aside)
            sendings = {key: self._send(row) for key, row in rows.items()}
            await _confirmed(set(sendings.values()))
            sent = await self._settle(session, rows, sendings)
        RELAYED.labels(self._source.name).inc(sent)
        return bool(sent) and _full(rows)

    def _send(self, row: Any) -> asyncio.Task[None]:
        return self._publisher.send(self._source.message(row), queue=row.queue)

    async def _settle(
        self, session: AsyncSession, rows: Mapping[int, Any], sendings: Mapping[int, asyncio.Task[None]]
    ) -> int:
        """Whatever became of each; those that failed with the connection are simply sent again."""
        sent = [rows[key] for key, task in sendings.items() if _succeeded(task)]
        failed = {key: task for key, task in sendings.items() if task.done() and not _succeeded(task)}
        slow = {key: task for key, task in sendings.items() if not task.done()}
        self._aside |= {key: _Aside(rows[key], float("inf"), task) for key, task in slow.items()}
        if sent:
            await self._source.sent(session, sent)
        alone = bool(failed) and await self._publisher.accepts()
        for key, task in failed.items():
            await self._set_aside(session, key, rows[key], task, alone=alone)
        return len(sent)

    async def _set_aside(
        self, session: AsyncSession, key: int, row: Any, task: asyncio.Task[None], *, alone: bool
    ) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and (isinstance(error, UnsendableError) or never_routable(row, error)):
            _log.error("relay.gave_up", source=self._source.name, row=key, reason=str(error))
            await self._source.give_up(session, row, error)
        elif alone:
            self._aside[key] = _Aside(row, time.monotonic() + _ASIDE_SECONDS)

    async def _settle_aside(self) -> None:
        """What was confirmed late is settled; what failed late, or has rested, has its turn again."""
        over = {
            key: one
            for key, one in self._aside.items()
            if (one.sending.done() if one.sending else one.until <= time.monotonic())
        }
        late = [one.row for one in over.values() if one.sending and _succeeded(one.sending)]
        if late:
            async with self._database.transaction() as session:
                await self._source.sent(session, late)
        for key in over:
            del self._aside[key]


#: Above the longest wait for confirms; a process that is frozen longer than this loses its locks.
_PATIENCE: Final = text("set local idle_in_transaction_session_timeout = '60s'")


def _full(rows: Mapping[int, Any]) -> bool:
    """Whether a batch ended by its limit: of rows, or of bytes, of which a body has less than half."""
    size = sum(len(row.body or b"") for row in rows.values())
    return len(rows) >= _BATCH or size >= BATCH_BYTES // 2


def _succeeded(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


async def _confirmed(sendings: set[asyncio.Task[None]]) -> None:
    """Wait for the confirms; not for slow ones when others have come."""
    if not sendings:
        return
    done, _ = await asyncio.wait(sendings, timeout=_SLOW_SECONDS)
    if not done:
        await asyncio.wait(sendings, timeout=_LONGEST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
