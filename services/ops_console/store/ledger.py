"""The numbers of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.events import count
from shared.db.engine import Database
from shared.db.tables import Delivery, LoggedEvent, Outbox

STATES: Final = ("waiting", "redelivery", "done", "dead", "discarded")
#: A delivery that has waited that long must be somewhere in the broker.
_GRACE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Counts:
    """``states``: per queue and state. ``overdue``: waiting for over 60 s. ``leaving``: in the outbox."""

    accepted: int
    unhandled: int
    states: Mapping[str, Mapping[str, int]]
    overdue: Mapping[str, int]
    leaving: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Recent:
    """Deliveries of the events of the last minutes, and how many of them failed at least once."""

    deliveries: int
    failed: int

    @property
    def error_rate(self) -> float:
        """0 to 1."""
        return self.failed / self.deliveries if self.deliveries else 0.0


class Ledger:
    """Tables ``event_log``, ``deliveries`` and ``outbox``, read at one moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self) -> Counts:
        """Everything the ledger needs to know of the database."""
        async with self._database.transaction() as session:
            return Counts(
                accepted=await count(session),
                unhandled=await count(session, LoggedEvent.handled.is_(False)),
                states=await _states(session),
                overdue=await _overdue(session),
                leaving=await _leaving(session),
            )

    async def recent(self, minutes: int = 5) -> Recent:
        """How the deliveries of the last minutes went."""
        ids = select(LoggedEvent.id).where(LoggedEvent.logged_at > func.now() - timedelta(minutes=minutes))
        failed = func.count().filter(func.jsonb_array_length(Delivery.history) > 0)
        query = select(func.count(), failed).where(Delivery.event_id.in_(ids))
        async with self._database.transaction() as session:
            row = (await session.execute(query)).one()
        return Recent(row[0], row[1])


async def _states(session: AsyncSession) -> dict[str, dict[str, int]]:
    query = select(Delivery.queue, Delivery.state, func.count()).group_by(Delivery.queue, Delivery.state)
    table: dict[str, dict[str, int]] = {}
    for queue, state, number in await session.execute(query):
        table.setdefault(queue, dict.fromkeys(STATES, 0))[state] = number
    return table


async def _overdue(session: AsyncSession) -> dict[str, int]:
    query = (
        select(Delivery.queue, func.count())
        .where(Delivery.state == "waiting", Delivery.updated_at < func.now() - _GRACE)
        .group_by(Delivery.queue)
    )
    return {str(row[0]): row[1] for row in await session.execute(query)}


async def _leaving(session: AsyncSession) -> dict[str, int]:
    query = select(Outbox.queue, func.count()).where(Outbox.queue.is_not(None)).group_by(Outbox.queue)
    return {str(row[0]): row[1] for row in await session.execute(query)}
