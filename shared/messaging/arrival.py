"""A delivery as it arrives: FastStream's message, and the envelope that its decoder found in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from faststream.message import StreamMessage
from faststream.rabbit.message import RabbitMessage

from shared.contracts import names
from shared.contracts.envelope import Envelope, Unparsable, parse_envelope
from shared.contracts.ids import digest, event_id, short_string
from shared.contracts.subject_of import branch_of, call_of
from shared.db.failures import Content
from shared.db.settling import CurrentDelivery
from shared.messaging.properties import stored
from shared.observability.logging import get_logger

_log = get_logger("delivery")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery. ``queue`` is the work queue it belongs to, also while it is in quarantine."""

    message: RabbitMessage
    envelope: Envelope | Unparsable
    received_at: datetime

    @property
    def content(self) -> Content:
        """What has to come back byte for byte."""
        raw = self.message.raw_message
        properties = stored(raw)
        for ours in (names.DELIVERY_ATTEMPT, names.WORK_QUEUE):
            properties["headers"].pop(ours, None)
        return Content(raw.body, properties)

    @property
    def about(self) -> dict[str, str | None]:
        """Call and branch it is about, as far as it says so itself: each log line of it names them."""
        envelope = self.envelope
        if isinstance(envelope, Unparsable):
            return {}
        return {
            "call_id": call_of(envelope.type, envelope.data),
            "branch_id": branch_of(envelope.type, envelope.data),
        }

    @property
    def traceparent(self) -> str | None:
        """The trace that its producer began, W3C."""
        return self.envelope.attributes.traceparent if isinstance(self.envelope, Envelope) else None

    @property
    def handovers(self) -> int:
        """How often the broker handed it over before without an answer."""
        count = self.message.raw_message.headers.get("x-delivery-count", 0)
        return count if isinstance(count, int) else 0

    def delivery(self, queue: str) -> CurrentDelivery:
        """Its identity in the ledger."""
        raw = self.message.raw_message
        origin = raw.headers.get(names.WORK_QUEUE)
        attributes = self.envelope.attributes if isinstance(self.envelope, Envelope) else None
        return CurrentDelivery(
            queue=str(origin) if origin else queue,
            event_id=raw.message_id
            or (short_string(attributes.id) if attributes else event_id("unknown", digest(raw.body))),
            attempt=_attempt(raw.headers),
            event_type=attributes.type if attributes else raw.type,
            company_id=attributes.companyid if attributes else None,
            correlation_id=attributes.correlationid if attributes else raw.correlation_id,
        )


async def answered(answer: Callable[[], Awaitable[None]]) -> None:
    """Ack or reject. On a channel that is gone the broker hands it over again, and the row knows its fate.

    Never raises: what else its caller has in hand must be answered as well.
    """
    try:
        await answer()
    except Exception as error:  # noqa: BLE001  # each library below has its own word for a channel that is gone
        _log.info("delivery.unanswered", reason=f"{type(error).__name__}: {error}")


async def decode(message: StreamMessage[Any]) -> Arrival:
    """The broker's decoder: never raises; what is no envelope becomes ``Unparsable``."""
    assert isinstance(message, RabbitMessage)  # noqa: S101  # the only kind this broker makes
    return Arrival(message, parse_envelope(message.body), datetime.now(UTC))


def _attempt(headers: dict[str, Any]) -> int:
    value = headers.get(names.DELIVERY_ATTEMPT, 1)
    return value if isinstance(value, int) and value > 0 else 1
