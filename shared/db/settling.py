"""Settles a delivery in the transaction of its effect."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

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


async def settle_current(session: AsyncSession) -> None:
    """Mark the current delivery done within ``session``; nothing happens outside of one.

    Two copies at once meet at the primary key: the second waits for the first and then finds it settled.

    Raises:
        AlreadySettledError: it was settled before.
    """
    delivery = current_delivery.get()
    if delivery is None or delivery.settled:
        return
    row = await session.execute(mark_done(delivery))
    if row.first() is None:
        raise AlreadySettledError(f"{delivery.event_id} is settled in {delivery.queue}")


def mark_done(delivery: CurrentDelivery) -> ReturningInsert[Any]:
    """The statement that settles an open delivery; it returns no row where that happened before."""
    return (
        insert(Delivery)
        .values(
            queue=delivery.queue,
            event_id=delivery.event_id,
            state="done",
            attempt=delivery.attempt,
            event_type=delivery.event_type,
            company_id=delivery.company_id,
            correlation_id=delivery.correlation_id,
        )
        .on_conflict_do_update(
            index_elements=[Delivery.queue, Delivery.event_id],
            set_={
                "state": "done",
                "attempt": delivery.attempt,
                "due_at": None,
                "waits_for": None,
                "body": None,
                "updated_at": func.now(),
            },
            where=Delivery.state.in_(OPEN_STATES),
        )
        .returning(Delivery.id)
    )
