"""The event log as people read it: lists, one event, and the trail it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from services.ops_console.store.refusals import NotThereError
from shared.db.engine import Database
from shared.db.tables import Appointment, Call, Delivery, LoggedEvent, Notification

#: A trail longer than a page helps nobody.
_TRAIL: Final = 200
#: Causes of causes: a loop in hand-made events must not loop here.
_DEPTH: Final = 30
_STORY: Final = (Delivery.history, Delivery.error, Delivery.properties)


#: Numbers are given in the order of writing, times at the beginning of a transaction: a few batches apart.
_OUT_OF_ORDER: Final = 10_000
_NO_NUMBER: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events; None: any. ``type`` may hold ``*``; ``before``: only log numbers below it.

    ``until`` is not within.
    """

    type: str | None = None
    company_id: str | None = None
    since: datetime | None = None
    correlation_id: str | None = None
    id: str | None = None
    unhandled: bool = False
    before: int | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        equal = {
            LoggedEvent.company_id: self.company_id,
            LoggedEvent.correlation_id: self.correlation_id,
            LoggedEvent.id: self.id,
        }
        chosen: list[ColumnElement[bool]] = [
            column == value for column, value in equal.items() if value is not None
        ]
        if self.type is not None:
            chosen.append(LoggedEvent.type.like(_like(self.type), escape="\\"))
        if self.before is not None:
            chosen.append(LoggedEvent.seq < self.before)
        chosen += [*_from(self.since), *_to(self.until)]
        return [*chosen, LoggedEvent.handled.is_(False)] if self.unhandled else chosen


@dataclass(frozen=True, slots=True)
class Line:
    """An event, what became of it in each queue, and who was told of it."""

    event: LoggedEvent
    deliveries: Sequence[Delivery]
    notices: Sequence[Notification] = ()


@dataclass(frozen=True, slots=True)
class Trail:
    """An event with its bytes, and everything it came from or led to, oldest first.

    ``call_id``, ``appointment_id``: what of ours it is about, if there is such a thing.
    """

    line: Line
    trail: Sequence[Line]
    call_id: str | None
    appointment_id: str | None


class Events:
    """Table ``event_log``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, chosen: Filter, limit: int) -> Sequence[Line]:
        """Newest first, without bodies."""
        query = without_bytes(select(LoggedEvent).where(*chosen.conditions()))
        async with self._database.transaction() as session:
            return await lines_of(session, query.order_by(LoggedEvent.seq.desc()).limit(limit))

    async def show(self, event_id: str) -> Trail:
        """Raises NotThereError."""
        async with self._database.transaction() as session:
            found = await lines_of(session, select(LoggedEvent).where(LoggedEvent.id == event_id), told=True)
            if not found:
                raise NotThereError(f"The log has no event {event_id}; askpro events list shows the latest.")
            event = found[0].event
            return Trail(found[0], await _trail(session, event), *await _about(session, event))


async def _about(session: AsyncSession, event: LoggedEvent) -> tuple[str | None, str | None]:
    """The call and the appointment; a correlation id is a call's, or where nobody called a booking's."""
    names = [name for name in {event.subject, event.correlation_id} if name]
    call = select(Call.call_id).where(Call.company_id == event.company_id, Call.call_id.in_(names))
    booked = select(cast(Appointment.id, Text)).where(
        Appointment.company_id == event.company_id, Appointment.calcom_uid.in_(names)
    )
    query = select(call.limit(1).scalar_subquery(), booked.limit(1).scalar_subquery())
    call_id, appointment_id = (await session.execute(query)).one()
    return call_id, appointment_id


async def _trail(session: AsyncSession, event: LoggedEvent) -> Sequence[Line]:
    """Causes and effects, then whatever else belongs to the same phone call or case of that company.

    Of a long case, what happened nearest to the event; oldest first.
    """
    kin = or_(LoggedEvent.id.in_(_causes(event)), LoggedEvent.id.in_(_effects(event)))
    case = LoggedEvent.company_id.is_not_distinct_from(event.company_id) & (
        LoggedEvent.correlation_id == event.correlation_id
    )
    query = (
        select(LoggedEvent)
        .where(kin if event.correlation_id is None else or_(kin, case))
        .order_by(kin.desc(), func.abs(LoggedEvent.seq - event.seq))
        .limit(_TRAIL)
    )
    lines = await lines_of(session, without_bytes(query), told=True)
    return sorted(lines, key=lambda line: line.event.seq)


def _causes(event: LoggedEvent) -> Select[str]:
    start = select(
        literal(event.id).label("id"), literal(event.causation_id).label("cause"), literal(0).label("depth")
    ).cte("causes", recursive=True)
    step = select(LoggedEvent.id, LoggedEvent.causation_id, start.c.depth + 1).where(
        LoggedEvent.id == start.c.cause, start.c.depth < _DEPTH
    )
    whole = start.union(step)
    return select(whole.c.id)


def _effects(event: LoggedEvent) -> Select[str]:
    start = select(literal(event.id).label("id"), literal(0).label("depth")).cte("effects", recursive=True)
    step = select(LoggedEvent.id, start.c.depth + 1).where(
        LoggedEvent.causation_id == start.c.id, start.c.depth < _DEPTH
    )
    whole = start.union(step)
    return select(whole.c.id)


async def lines_of(session: AsyncSession, query: Any, *, told: bool = False) -> list[Line]:
    """The events that ``query`` finds, with what became of them; ``told``: and who was."""
    events = (await session.execute(query)).scalars().all()
    ids = [event.id for event in events]
    became = await _deliveries(session, ids, whole=told)
    notices = await _notices(session, ids) if told else {}
    return [Line(event, became.get(event.id, ()), notices.get(event.id, ())) for event in events]


async def _notices(session: AsyncSession, ids: Sequence[str]) -> Mapping[str, Sequence[Notification]]:
    query = select(Notification).where(Notification.event_id.in_(ids)).order_by(Notification.created_at)
    found: dict[str, list[Notification]] = {}
    for notice in (await session.execute(query)).scalars():
        found.setdefault(notice.event_id, []).append(notice)
    return found


async def _deliveries(
    session: AsyncSession, ids: Sequence[str], *, whole: bool
) -> Mapping[str, Sequence[Delivery]]:
    """``whole``: with their stories; a list has no use for the stacks of a thousand failures."""
    left_out = (Delivery.body,) if whole else (Delivery.body, *_STORY)
    query = select(Delivery).options(*map(defer, left_out)).where(Delivery.event_id.in_(ids))
    found: dict[str, list[Delivery]] = {}
    for delivery in (await session.execute(query.order_by(Delivery.queue))).scalars():
        found.setdefault(delivery.event_id, []).append(delivery)
    return found


def without_bytes(query: Any) -> Any:
    """For lists: an event may have megabytes."""
    return query.options(defer(LoggedEvent.body), defer(LoggedEvent.document))


def _from(since: datetime | None) -> list[ColumnElement[bool]]:
    """Also as numbers: the lists go by number, and would read everything newer than a day long ago."""
    if since is None:
        return []
    last = select(LoggedEvent.seq).where(LoggedEvent.logged_at < since).order_by(LoggedEvent.logged_at.desc())
    first = func.coalesce(last.limit(1).scalar_subquery(), 0)
    return [_unindexed() >= since, LoggedEvent.seq > first - _OUT_OF_ORDER]


def _to(until: datetime | None) -> list[ColumnElement[bool]]:
    if until is None:
        return []
    next_ = select(LoggedEvent.seq).where(LoggedEvent.logged_at >= until).order_by(LoggedEvent.logged_at)
    end = func.coalesce(next_.limit(1).scalar_subquery() + _OUT_OF_ORDER, _NO_NUMBER)
    return [_unindexed() < until, LoggedEvent.seq < end]


def _unindexed() -> ColumnElement[datetime]:
    """The time as an expression: by its index PostgreSQL reads and sorts all that is older, to show fifty."""
    return LoggedEvent.logged_at + timedelta(0)


def _like(pattern: str) -> str:
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("#", "%")


async def count(session: AsyncSession, *conditions: ColumnElement[bool]) -> int:
    """How many events are in the log."""
    query = select(func.count()).select_from(LoggedEvent).where(*conditions)
    return int((await session.execute(query)).scalar_one())
