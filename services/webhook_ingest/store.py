"""Where accepted events go: the broker, else the outbox; and how many one company may send."""

import time
from dataclasses import dataclass, field
from typing import Final

from services.webhook_ingest.values import RefusedError
from shared.contracts.envelope import Envelope
from shared.db.engine import Database
from shared.db.outbox import properties_of, put
from shared.errors import AskProError, InfrastructureError
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from shared.messaging.unsendable import UnsendableError
from shared.observability.logging import get_logger

_log = get_logger("intake")
_RETRY_AFTER: Final = 5


@dataclass(frozen=True, slots=True)
class BrokerOrOutbox:
    """Confirmed by the broker within ``confirm_seconds``, else committed to the outbox under the same id."""

    publisher: Publisher
    database: Database
    confirm_seconds: float

    async def keep(self, envelope: Envelope) -> None:
        """Return once it cannot be lost any more.

        Raises:
            RefusedError: 503, broker and database are both away.
        """
        try:
            await self.publisher.publish(
                message_of(envelope.raw, properties_of(envelope)), within=self.confirm_seconds
            )
        except (InfrastructureError, UnsendableError) as reason:
            # What the broker will never take becomes a dead letter there, where a person finds its bytes.
            await self._to_outbox(envelope, reason)

    async def _to_outbox(self, envelope: Envelope, reason: AskProError) -> None:
        try:
            async with self.database.transaction() as session:
                await put(session, envelope)
        except InfrastructureError as error:
            _log.error("event.refused", broker=str(reason), database=str(error))
            raise RefusedError(
                503, "The event could not be kept: send it again.", retry_after=_RETRY_AFTER
            ) from error
        _log.warning("event.outboxed", new_event_id=envelope.id, reason=str(reason))


@dataclass(slots=True)
class FloodGate:
    """A token bucket per company, one second deep; per process, so N replicas admit N times as much."""

    per_second: int
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def admit(self, company_id: str) -> None:
        """Take one token.

        Raises:
            RefusedError: 429, come again in a second.
        """
        instant = time.monotonic()
        tokens, seen = self._buckets.get(company_id, (float(self.per_second), instant))
        tokens = min(float(self.per_second), tokens + (instant - seen) * self.per_second)
        if tokens < 1:
            raise RefusedError(429, "Too many events of this company at once; slow down.", retry_after=1)
        self._buckets[company_id] = (tokens - 1, instant)
