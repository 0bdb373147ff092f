"""Events that leave with the transaction that caused them."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import Attributes, Envelope, now
from shared.contracts.events import OwnEvent
from shared.contracts.names import CLOUDEVENTS_JSON
from shared.contracts.wire import searchable
from shared.db.batches import within
from shared.db.tables import Outbox
from shared.observability.context import current_cause, traceparent

_PUT: Final = insert(Outbox.metadata.tables[Outbox.__tablename__])
#: AMQP's timestamp has no sign, and whoever reads it makes a ``datetime`` of it: the last second of 9999.
_LATEST: Final = 253_402_300_799


async def emit(session: AsyncSession, event: OwnEvent, *, source: str) -> Envelope:
    """Write ``event`` to the outbox; correlation, cause and trace are those of the current delivery.

    ``source``: the service that says so, such as ``syncer``.
    """
    envelope = envelope_of(event, source=source)
    await put(session, envelope)
    return envelope


async def put(session: AsyncSession, envelope: Envelope, *, queue: str | None = None) -> None:
    """Write an envelope to the outbox; ``queue`` sends it to that work queue alone."""
    row = {
        "event_id": envelope.id,
        "event_type": envelope.type,
        "queue": queue,
        "body": envelope.raw,
        "properties": searchable(properties_of(envelope)),
    }
    await session.execute(_PUT, row)
    session.info["outbox"] = True


async def take(session: AsyncSession, limit: int, besides: Collection[int] = ()) -> Sequence[Outbox]:
    """The oldest rows, ``besides`` some; locked for this session and skipped by every other.

    At most ``limit`` and, unless it is a single one, 16 MiB.
    """
    oldest = (
        select(Outbox.seq, func.octet_length(Outbox.body))
        .where(Outbox.seq.not_in(list(besides)))
        .order_by(Outbox.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    chosen = within((row[0], row[1]) for row in await session.execute(oldest))
    if not chosen:
        return []
    query = select(Outbox).where(Outbox.seq.in_(chosen)).order_by(Outbox.seq)
    return (await session.execute(query)).scalars().all()


async def forget(session: AsyncSession, seqs: Collection[int]) -> None:
    """The broker has them."""
    await session.execute(delete(Outbox).where(Outbox.seq.in_(list(seqs))))


def envelope_of(event: OwnEvent, *, source: str) -> Envelope:
    """The envelope of an event of ours, its id deterministic."""
    cause = current_cause()
    attributes = Attributes(
        id=event.event_id(),
        source=f"askpro/{source}",
        type=event.type,
        time=now(),
        subject=event.subject(),
        companyid=event.company() or cause.company_id,
        correlationid=cause.correlation_id or event.subject(),
        causationid=cause.event_id,
        traceparent=traceparent(),
    )
    return Envelope.of(attributes, event.model_dump(mode="json"))


def properties_of(envelope: Envelope) -> dict[str, Any]:
    """AMQP properties of an envelope as JSON; ``timestamp`` in seconds since 1970, between 1970 and 9999."""
    attributes = envelope.attributes
    return {
        "message_id": attributes.id,
        "type": attributes.type,
        "correlation_id": attributes.correlationid,
        "timestamp": min(max(0, int(attributes.time.timestamp())), _LATEST),
        "app_id": attributes.source[:128],
        "content_type": CLOUDEVENTS_JSON,
        "headers": {},
    }
