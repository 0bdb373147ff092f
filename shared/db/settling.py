"""Settles a delivery in the transaction of its effect."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from shared.contracts.ids import digest
from shared.contracts.wire import searchable
from shared.db.tables import Delivery
from shared.errors import AskProError

OPEN_STATES = ("waiting", "redelivery")


class AlreadySettledError(AskProError):
    """A copy came late: the delivery is done, dead or discarded already."""


@dataclass(slots=True)
class CurrentDelivery:
    """The delivery being handled. ``attempt`` counts from 1; ``settled`` once its effect is committed."""

    queue: str
    event_id: str
    attempt: int
    event_type: str | None = None
    company_id: str | None = None
    correlation_id: str | None = None
    settled: bool = field(default=False)


current_delivery: ContextVar[CurrentDelivery | None] = ContextVar("delivery", default=None)


def current_attempt() -> str:
    """Names the delivery attempt that is being made, in 16 characters; empty outside of one.

    The same for a redelivery of it that costs no attempt, another one after a replay.
    """
    delivery = current_delivery.get()
    return digest(f"{delivery.queue}:{delivery.event_id}:{delivery.attempt}")[:16] if delivery else ""


async def settle_current(session: AsyncSession) -> None:
    """Mark the current delivery done within ``session``; nothing happens outside of one.

    Two copies at once meet at the primary key: the second waits for the first and then finds it settled.

    Raises:
        AlreadySettledError: it was settled before.
    """
    delivery = current_delivery.get()
    if delivery is None or delivery.settled:
        return
    if not await mark_done(session, delivery):
        raise AlreadySettledError(f"{delivery.event_id} is settled in {delivery.queue}")


async def mark_done(session: AsyncSession, delivery: CurrentDelivery) -> bool:
    """Settle an open delivery; False where that happened before."""
    row = {
        "queue": delivery.queue,
        "event_id": delivery.event_id,
        "state": "done",
        "attempt": delivery.attempt,
        "event_type": searchable(delivery.event_type),
        "company_id": searchable(delivery.company_id),
        "correlation_id": searchable(delivery.correlation_id),
    }
    return (await session.execute(_MARK_DONE, row)).first() is not None


def _marking_done() -> ReturningInsert[Any]:
    """Built once: it is part of every delivery, and building it takes longer than PostgreSQL needs for it."""
    table = Delivery.metadata.tables[Delivery.__tablename__]
    new = insert(table)
    changes = {
        "state": new.excluded.state,
        "attempt": new.excluded.attempt,
        "due_at": None,
        "waits_for": None,
        "body": None,
        "updated_at": func.now(),
    }
    return new.on_conflict_do_update(
        index_elements=[table.c.queue, table.c.event_id], set_=changes, where=table.c.state.in_(OPEN_STATES)
    ).returning(table.c.id)


_MARK_DONE: Final = _marking_done()
