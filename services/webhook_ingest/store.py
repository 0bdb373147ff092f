"""Where accepted events go: the broker, else the outbox; and how many one company may send."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.webhook_ingest.values import Deadline, RefusedError
from shared.contracts.envelope import Envelope
from shared.db.engine import Database
from shared.db.outbox import properties_of, put
from shared.errors import AskProError, InfrastructureError
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from shared.messaging.unsendable import UnsendableError
from shared.observability.logging import get_logger
from shared.resilience.background import Background
from shared.resilience.within import within

_log = get_logger("intake")
_RETRY_AFTER: Final = 5
#: What is left is the confirm's for two thirds, then the outbox's: 1 s and 0.5 s of 1.5 s.
_CONFIRMS_SHARE: Final = 2 / 3
#: Where this process itself was late, the broker is still asked in earnest.
_AT_LEAST: Final = 0.2
#: A commit takes milliseconds, on a machine without breath a second or two. Cal.com never sends a webhook
#: again: late is better than refused. It waits for us while it books, so later than this is not.
_OUTBOX_AT_LEAST: Final = 4.0


@dataclass(frozen=True, slots=True)
class BrokerOrOutbox:
    """Confirmed by the broker, else committed to the outbox under the same id, by the sender's deadline.

    ``confirm_seconds``: the longest wait for a confirm. A write to the outbox outlives a sender that was told
    503: it may commit late, which is harmless. ``most_writes``: how many there may be at a time, which bounds
    what they keep in memory; ``longest_write``: seconds after which one gives its connection up.
    """

    publisher: Publisher
    database: Database
    confirm_seconds: float
    # Twice what comes in half a second at 1,000 events per second.
    most_writes: int = 1_000
    # A host that is gone without a word ends a connection after 25 s, a server that stands still never does.
    longest_write: float = 30.0
    _writes: Background = field(default_factory=Background)

    async def keep(self, envelope: Envelope, answer_by: Deadline) -> None:
        """Return once it cannot be lost any more.

        Raises:
            RefusedError: 503, neither broker nor database has answered in time.
        """
        confirm = min(self.confirm_seconds, max(_AT_LEAST, answer_by.left * _CONFIRMS_SHARE))
        message = message_of(envelope.raw, properties_of(envelope))
        try:
            await self.publisher.publish(message, within=confirm)
        except (InfrastructureError, UnsendableError) as reason:
            # What the broker will never take becomes a dead letter there, where a person finds its bytes.
            writing = asyncio.ensure_future(self._to_outbox(envelope, answer_by, reason))
            try:
                await _first_of(writing, self.publisher.in_flight(message))
            finally:
                writing.cancel()

    async def _to_outbox(self, envelope: Envelope, answer_by: Deadline, reason: AskProError) -> None:
        try:
            await self._written(envelope, answer_by)
        except (InfrastructureError, TimeoutError) as error:
            _log.error("event.refused", broker=str(reason), database=str(error))
            raise RefusedError(
                503, "The event could not be kept: send it again.", retry_after=_RETRY_AFTER
            ) from error
        _log.warning("event.outboxed", reason=str(reason))

    async def _written(self, envelope: Envelope, answer_by: Deadline) -> None:
        if self._writes.running >= self.most_writes:
            raise TimeoutError(f"{self.most_writes} events wait for it already")
        await self._writes.within(max(_OUTBOX_AT_LEAST, answer_by.left), self._write(envelope))

    async def _write(self, envelope: Envelope) -> None:
        async with within(self.longest_write), self.database.transaction() as session:
            await put(session, envelope)


async def _first_of(writing: asyncio.Task[None], late: asyncio.Task[None] | None) -> None:
    """The row, or a confirm that comes after all: a slow line makes both slow. Raises what the row does."""
    if late is not None:
        await asyncio.wait({writing, late}, return_when=asyncio.FIRST_COMPLETED)
        if late.done() and not late.cancelled() and late.exception() is None:
            _log.warning("event.confirmed_late")
            return
    await writing


@dataclass(slots=True)
class FloodGate:
    """A token bucket per company, one second deep; per process, so N replicas admit N times as much."""

    per_second: int
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def admit(self, company_id: str) -> None:
        """Take one token.

        Raises:
            RefusedError: 429, come again in a second.
        """
        instant = self.clock()
        tokens, seen = self._buckets.get(company_id, (float(self.per_second), instant))
        tokens = min(float(self.per_second), tokens + (instant - seen) * self.per_second)
        if tokens < 1:
            raise RefusedError(429, "Too many events of this company at once; slow down.", retry_after=1)
        self._buckets[company_id] = (tokens - 1, instant)
