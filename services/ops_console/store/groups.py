"""Groups of dead letters as people look for them: some hundred rows, however many letters there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, ColumnElement, DateTime, Integer, Subquery, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.paging import Keyset, Page
from services.ops_console.store.refusals import NotThereError
from shared.db.engine import Database
from shared.db.tables import AuditEntry, DeadLetterDelta, DeadLetterGroup, DeadLetterHour, Delivery

#: Of a company's letters in a group no more are counted: 500 groups are half a million index entries then.
MOST_COUNTED: Final = 1000
#: Hours of a sparkline, and of the page of one group.
A_DAY: Final = 24
A_WEEK: Final = 168
_INSTANT: Final = DateTime(timezone=True)
Sort = Literal["count", "last", "first"]


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which groups; None: any. ``company_id``: that have letters of it, which alone are counted then.

    ``error`` is searched in class and place; ``empty``: also those without a dead letter.
    """

    state: str | None = None
    queue: str | None = None
    company_id: str | None = None
    error: str | None = None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group. ``count``: dead now; ``total``: ever died; ``hours``: deaths in each of the last hours.

    ``at_least``: a company's letters are more than were counted.
    """

    group: DeadLetterGroup
    count: int
    total: int
    last_seen: datetime
    hours: Sequence[int]
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class GroupStory:
    """A group whole: its newest letter, and what people did to it."""

    view: GroupView
    newest: int | None
    deeds: Sequence[AuditEntry]


class Groups:
    """Table ``dead_letter_groups``, its deltas and its hours."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, chosen: GroupFilter, limit: int, cursor: str | None = None, sort: Sort = "count"
    ) -> Page[GroupView]:
        """The largest first, or the last that grew or appeared. Raises NotSoundError for a made-up cursor."""
        found = _found(chosen)
        order = _order(found, sort)
        async with self._database.transaction() as session:
            rows = (await session.execute(order.page(select(found), cursor, limit))).all()
            page = order.cut(rows, limit)
            capped = chosen.company_id is not None
            return Page(await _views(session, page.rows, A_DAY, capped=capped), page.next)

    async def show(self, group_id: str) -> GroupStory:
        """Raises NotThereError."""
        found = _found(GroupFilter(empty=True))
        letters = select(Delivery.id).where(Delivery.state == "dead", Delivery.group_id == group_id)
        # By the group's own index: by the id alone a small group would be looked for among all letters.
        newest = letters.order_by(Delivery.updated_at.desc(), Delivery.id.desc()).limit(1)
        deeds = select(AuditEntry).where(AuditEntry.target == target_of(group_id)).order_by(AuditEntry.id)
        async with self._database.transaction() as session:
            rows = (await session.execute(select(found).where(found.c.id == group_id))).all()
            if not rows:
                raise unknown(group_id)
            (view,) = await _views(session, rows, A_WEEK)
            example = (await session.execute(newest)).scalar()
            return GroupStory(view, example, (await session.execute(deeds)).scalars().all())

    async def counts(self) -> Mapping[str, int]:
        """Dead letters by the state of their group."""
        found = _found(GroupFilter())
        query = select(found.c.state, func.sum(found.c.number)).group_by(found.c.state)
        async with self._database.transaction() as session:
            return {row[0]: int(row[1]) for row in await session.execute(query)}


def _found(chosen: GroupFilter) -> Subquery:
    """Id, state, number of dead, total, first and last time of each group that is chosen."""
    # PostgreSQL sums a bigint up to a numeric.
    delta = cast(func.sum(DeadLetterDelta.delta), BigInteger)
    fresh = cast(func.sum(DeadLetterDelta.delta).filter(DeadLetterDelta.fresh), BigInteger)
    last = func.max(DeadLetterDelta.at).filter(DeadLetterDelta.fresh)
    moved = (
        select(
            DeadLetterDelta.group_id, delta.label("delta"),
            fresh.label("fresh"), last.label("last"),
        )
        .group_by(DeadLetterDelta.group_id)
        .subquery()
    )  # fmt: skip
    number = func.greatest(DeadLetterGroup.open + func.coalesce(moved.c.delta, 0), 0, type_=BigInteger)
    if chosen.company_id is not None:
        number = _of_company(chosen.company_id)
    query = select(
        DeadLetterGroup.id,
        DeadLetterGroup.state,
        number.label("number"),
        (DeadLetterGroup.total + func.coalesce(moved.c.fresh, 0)).label("total"),
        DeadLetterGroup.first_seen,
        func.greatest(DeadLetterGroup.last_seen, moved.c.last, type_=_INSTANT).label("last_seen"),
    ).outerjoin(moved, moved.c.group_id == DeadLetterGroup.id)
    counted = query.where(*_conditions(chosen)).subquery()
    return counted if chosen.empty else select(counted).where(counted.c.number > 0).subquery()


def _of_company(company_id: str) -> Any:
    """At most ``MOST_COUNTED`` and one, from an index that holds nothing else."""
    some = (
        select(Delivery.group_id)
        .where(
            Delivery.state == "dead",
            Delivery.company_id == company_id,
            Delivery.group_id == DeadLetterGroup.id,
        )
        .limit(MOST_COUNTED + 1)
        .correlate(DeadLetterGroup)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def _conditions(chosen: GroupFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.state is not None:
        conditions.append(DeadLetterGroup.state == chosen.state)
    if chosen.queue is not None:
        conditions.append(DeadLetterGroup.queue == chosen.queue)
    if chosen.error is not None:
        places = (DeadLetterGroup.error_class, DeadLetterGroup.place)
        conditions.append(or_(*(place.icontains(chosen.error, autoescape=True) for place in places)))
    return conditions


def _order(found: Subquery, sort: Sort) -> Keyset:
    column = {"count": found.c.number, "last": found.c.last_seen, "first": found.c.first_seen}[sort]
    return Keyset((column, found.c.id))


async def _views(
    session: AsyncSession, rows: Sequence[Any], hours: int, *, capped: bool = False
) -> list[GroupView]:
    ids = [row.id for row in rows]
    query = select(DeadLetterGroup).where(DeadLetterGroup.id.in_(ids))
    groups = {group.id: group for group in (await session.execute(query)).scalars()}
    deaths = await _deaths(session, ids, hours)
    return [
        GroupView(
            group=groups[row.id],
            count=min(row.number, MOST_COUNTED) if capped else row.number,
            total=row.total,
            last_seen=row.last_seen,
            hours=deaths[row.id],
            at_least=capped and row.number > MOST_COUNTED,
        )
        for row in rows
    ]


async def _deaths(session: AsyncSession, ids: Sequence[str], hours: int) -> Mapping[str, Sequence[int]]:
    """For each group the deaths in each of the last ``hours`` hours, the present one last."""
    since = func.date_trunc("hour", func.now(), "UTC") - timedelta(hours=hours - 1)
    place = cast(func.extract("epoch", DeadLetterHour.hour - since) / 3600, Integer)
    query = select(DeadLetterHour.group_id, place, DeadLetterHour.number).where(
        DeadLetterHour.group_id.in_(ids), DeadLetterHour.hour >= since
    )
    deaths = {one: [0] * hours for one in ids}
    for group_id, at, number in await session.execute(query):
        if at < hours:
            deaths[group_id][at] = number
    return deaths


def target_of(group_id: str) -> str:
    """Its name in the audit trail."""
    return f"dead-letter-group:{group_id}"


def unknown(group_id: str) -> NotThereError:
    """There is none of that id."""
    return NotThereError(f"There is no group {group_id}; askpro dead-letters groups shows what there is.")
