"""Events that are due later: rows of the redelivery, sent by a relay when their time has come."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import Envelope
from shared.contracts.events import OwnEvent
from shared.contracts.wire import searchable
from shared.db.outbox import envelope_of, properties_of
from shared.db.tables import Delivery, LoggedEvent


async def emit_later(
    session: AsyncSession, event: OwnEvent, *, source: str, queue: str, delay: float
) -> None:
    """Deliver ``event`` to the one work queue in ``delay`` seconds; the same event twice is scheduled once.

    Accepted like every event: it is in the event log with its delivery, in the same transaction.
    """
    envelope = envelope_of(event, source=source)
    await log_event(session, envelope)
    await schedule(session, envelope, queue=queue, delay=delay)


async def schedule(
    session: AsyncSession,
    envelope: Envelope,
    *,
    queue: str,
    delay: float,
    headers: Mapping[str, Any] | None = None,
    copy_of: int | None = None,
) -> int | None:
    """Deliver ``envelope``, which is in the event log, to the one work queue in ``delay`` seconds, once.

    ``headers``: own ones as a row keeps them. ``copy_of``: the dead letter (``deliveries.id``) it stands for.
    Returns the delivery's id, None where it was scheduled before.
    """
    scheduled = await session.execute(
        insert(Delivery)
        .values(
            queue=queue,
            event_id=envelope.id,
            state="redelivery",
            event_type=envelope.type,
            company_id=envelope.attributes.companyid,
            correlation_id=envelope.attributes.correlationid,
            due_at=func.now() + timedelta(seconds=delay),
            body=envelope.raw,
            properties={**properties_of(envelope), "headers": dict(headers or {})},
            copy_of=copy_of,
        )
        .on_conflict_do_nothing()
        .returning(Delivery.id)
    )
    session.info["outbox"] = True
    return scheduled.scalar()


async def log_event(session: AsyncSession, envelope: Envelope, *, handled: bool = True) -> None:
    """Write down an event that comes past the log's own queue; ``handled``: somebody gets it."""
    attributes = envelope.attributes
    await session.execute(
        insert(LoggedEvent)
        .values(
            id=attributes.id,
            type=attributes.type,
            source=attributes.source,
            subject=attributes.subject,
            company_id=attributes.companyid,
            time=attributes.time,
            correlation_id=attributes.correlationid,
            causation_id=attributes.causationid,
            traceparent=attributes.traceparent,
            handled=handled,
            body=envelope.raw,
            document=searchable(envelope.document),
        )
        .on_conflict_do_nothing()
    )
