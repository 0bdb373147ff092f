"""Rows that no broker takes → dead letters with their story, so that nothing waits for ever unseen."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import Envelope, parse_envelope
from shared.contracts.ids import short_string
from shared.db.burial import bury
from shared.db.failures import Content, Failure
from shared.db.outbox import forget
from shared.db.scheduled import log_event
from shared.db.settling import CurrentDelivery
from shared.db.tables import Delivery, Outbox

REASON: Final = "unsendable"


async def bury_redelivery(session: AsyncSession, row: Delivery, failure: Failure, *, source: str) -> None:
    """The attempt that could not be sent is its last."""
    delivery = CurrentDelivery(
        row.queue,
        row.event_id,
        row.attempt + 1,
        event_type=row.event_type,
        company_id=row.company_id,
        correlation_id=row.correlation_id,
    )
    content = Content(row.body or b"", row.properties or {})
    await bury(session, delivery, content, failure, REASON, source=source)


async def bury_event(
    session: AsyncSession, row: Outbox, queues: Sequence[str], failure: Failure, *, source: str
) -> None:
    """Accepted, logged, and dead in each of ``queues``, which would have got it; its row is deleted."""
    envelope = parse_envelope(row.body)
    if isinstance(envelope, Envelope):
        await log_event(session, envelope, handled=bool(queues))
    attributes = envelope.attributes if isinstance(envelope, Envelope) else None
    for queue in queues:
        delivery = CurrentDelivery(
            queue,
            short_string(row.event_id),
            attempt=1,
            event_type=row.event_type,
            company_id=attributes.companyid if attributes else None,
            correlation_id=attributes.correlationid if attributes else None,
        )
        await bury(session, delivery, Content(row.body, row.properties), failure, REASON, source=source)
    await forget(session, [row.seq])
