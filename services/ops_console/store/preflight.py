"""What a bulk operation would meet: how many letters in which queues, and what is behind them already."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, case, cast, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.dead_letters import Selection
from shared.db.engine import Database
from shared.db.tables import Appointment, Call, Circuit, Delivery, LoggedEvent, OperationItem

#: Looked at one by one for what is done already; the share tells of the others.
SAMPLE: Final = 1_000
_PATIENTLY: Final = text("set local statement_timeout = '60s'")
_STAGES: Final = {"retell.call_started": 1, "retell.call_ended": 2, "retell.call_analyzed": 3}
_REACHED: Final = {"started": 1, "ended": 2, "analyzed": 3}


@dataclass(frozen=True, slots=True)
class InQueue:
    """Letters of one queue: all, those that nobody has the bytes of, those that another operation has."""

    queue: str
    letters: int
    without_bytes: int
    taken: int


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Of ``looked_at`` letters: an edit of it was done; the appointment, the call is further already."""

    looked_at: int
    edited: int
    appointment: int
    call: int


class Preflight:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """By the database's clock, which also says when a letter died."""
        async with self._database.transaction() as session:
            at: datetime = (await session.execute(select(func.now()))).scalar_one()
        return at

    async def queues(self, selection: Selection) -> list[InQueue]:
        """By the number of letters, the most first."""
        async with self._database.transaction() as session:
            await session.execute(_PATIENTLY)
            return [InQueue(*row) for row in await session.execute(_by_queue(selection))]

    async def overtaken(self, selection: Selection) -> Overtaken:
        """What the oldest thousand are about, and how far that is."""
        some = _some(selection).subquery("some")
        counts = [func.count(), *(func.count().filter(one) for one in _done_already(some))]
        query = select(*counts).select_from(some).outerjoin(LoggedEvent, LoggedEvent.id == some.c.event_id)
        async with self._database.transaction() as session:
            row: Any = (await session.execute(query)).one()
            return Overtaken(*row)

    async def open_circuits(self) -> list[str]:
        """Names of those that let nothing through at this moment."""
        async with self._database.transaction() as session:
            return await open_circuits(session)


async def open_circuits(session: AsyncSession) -> list[str]:
    """As found, unless a person says otherwise."""
    forced = and_(
        Circuit.forced.is_not(None), or_(Circuit.forced_until.is_(None), Circuit.forced_until > func.now())
    )
    is_open = case((forced, Circuit.forced == "open"), else_=Circuit.state == "open")
    return [str(row[0]) for row in await session.execute(select(Circuit.name).where(is_open))]


def _by_queue(selection: Selection) -> Any:
    taken = (
        select(OperationItem.delivery_id)
        .where(OperationItem.delivery_id == Delivery.id, OperationItem.state.in_(("chosen", "sent")))
        .exists()
    )
    number = func.count()
    return (
        select(Delivery.queue, number, number.filter(Delivery.body.is_(None)), number.filter(taken))
        .where(*selection.conditions())
        .group_by(Delivery.queue)
        .order_by(number.desc())
    )


def _some(selection: Selection) -> Any:
    columns = (Delivery.id, Delivery.event_id, Delivery.event_type, Delivery.company_id)
    return select(*columns).where(*selection.conditions()).order_by(Delivery.id).limit(SAMPLE)


def _done_already(some: Any) -> tuple[ColumnElement[bool], ...]:
    edited = select(Delivery.id).where(Delivery.copy_of == some.c.id, Delivery.state == "done").exists()
    booking = (
        select(Appointment.id)
        .where(
            Appointment.company_id == some.c.company_id,
            Appointment.calcom_uid == LoggedEvent.subject,
            Appointment.last_event_at > LoggedEvent.time,
        )
        .exists()
    )
    reached = case(_REACHED, value=Call.status, else_=0)
    call = (
        select(Call.call_id)
        .where(
            Call.company_id == some.c.company_id,
            Call.call_id == LoggedEvent.subject,
            reached >= case(_STAGES, value=some.c.event_type, else_=9),
        )
        .exists()
    )
    is_booking = cast(some.c.event_type, String).startswith("calcom.booking_")
    return edited, and_(is_booking, booking), call
