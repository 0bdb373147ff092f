"""The numbers of the ledger, and the deliveries behind the one that matters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.events import count
from shared.db.engine import Database
from shared.db.tables import Delivery, FoldedDeliveries, FoldedEvents, LoggedEvent, Outbox

STATES: Final = ("waiting", "redelivery", "done", "dead", "discarded")
#: A delivery that has waited that long must be somewhere in the broker.
GRACE: Final = timedelta(seconds=60)
OVERDUE: Final[Sequence[ColumnElement[bool]]] = (
    Delivery.state == "waiting",
    Delivery.updated_at < func.now() - GRACE,
)


@dataclass(frozen=True, slots=True)
class Counts:
    """``states``: per queue and state. ``overdue``: per queue, waiting for over 60 s, of all times.

    ``to_be_sent``: committed in the outbox. ``suspects``: those overdue that were first seen since the
    moment that was asked for, None where everything was.
    """

    accepted: int
    unhandled: int
    to_be_sent: int
    states: Mapping[str, Mapping[str, int]]
    overdue: Mapping[str, int]
    suspects: Mapping[str, int] | None = None


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
    """Tables ``event_log``, ``deliveries`` and ``outbox``, and what was folded of the first two."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, since: datetime | None = None) -> Counts:
        """Everything the ledger needs to know of the database, at one moment.

        ``since``: only events logged from then on; of days that are folded already, whole days.
        """
        async with self._database.transaction() as session:
            # Settling and folding go on meanwhile: each is counted either before or after, never half.
            await session.execute(text("set transaction isolation level repeatable read, read only"))
            accepted, unhandled = await _events(session, since)
            return Counts(
                accepted=accepted,
                unhandled=unhandled,
                to_be_sent=await _outbox(session),
                states=await _states(session, since),
                overdue=await _overdue(session),
                suspects=None if since is None else await _overdue(session, Delivery.first_seen_at >= since),
            )

    async def recent(self, minutes: int = 5) -> Recent:
        """How the deliveries of the last minutes went."""
        ids = select(LoggedEvent.id).where(LoggedEvent.logged_at > func.now() - timedelta(minutes=minutes))
        failed = func.count().filter(func.jsonb_array_length(Delivery.history) > 0)
        query = select(func.count(), failed).where(Delivery.event_id.in_(ids))
        async with self._database.transaction() as session:
            row = (await session.execute(query)).one()
        return Recent(row[0], row[1])


async def _events(session: AsyncSession, since: datetime | None) -> tuple[int, int]:
    """Accepted, and unhandled among them."""
    young = () if since is None else (LoggedEvent.logged_at >= since,)
    folded = select(func.sum(FoldedEvents.accepted), func.sum(FoldedEvents.unhandled))
    if since is not None:
        folded = folded.where(FoldedEvents.day >= since.astimezone(UTC).date())
    accepted, unhandled = (await session.execute(folded)).one()
    return (
        await count(session, *young) + int(accepted or 0),
        await count(session, LoggedEvent.handled.is_(False), *young) + int(unhandled or 0),
    )


async def _outbox(session: AsyncSession) -> int:
    return int((await session.execute(select(func.count()).select_from(Outbox))).scalar_one())


async def _states(session: AsyncSession, since: datetime | None) -> dict[str, dict[str, int]]:
    now: Any = select(Delivery.queue, Delivery.state, func.count()).group_by(Delivery.queue, Delivery.state)
    then: Any = select(FoldedDeliveries.queue, FoldedDeliveries.state, FoldedDeliveries.number)
    if since is not None:
        young = select(LoggedEvent.id).where(LoggedEvent.logged_at >= since)
        now = now.where(Delivery.event_id.in_(young))
        then = then.where(FoldedDeliveries.day >= since.astimezone(UTC).date())
    table: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    for query in (now, then):
        for queue, state, number in await session.execute(query):
            table[queue][state] += number
    return dict(table)


async def _overdue(session: AsyncSession, *young: ColumnElement[bool]) -> dict[str, int]:
    query = select(Delivery.queue, func.count()).where(*OVERDUE, *young).group_by(Delivery.queue)
    return {str(row[0]): row[1] for row in await session.execute(query)}
