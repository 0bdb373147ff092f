"""What was appended about groups of dead letters → their counts, hours and states; drift is put right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.groups import target_of
from shared.contracts.events import OwnEvent
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import DeadLetterGroup

#: Any number that nothing else locks: who folds and who says what state a group is in take turns.
FOLD_LOCK: Final = 20_261_130
_SOURCE: Final = "ops_console"
#: Within the statement's 5 s; a flood is folded in several steps.
_AT_ONCE: Final = 20_000
_FOLD: Final = text(
    """
    with gone as (
        delete from dead_letter_deltas where id in (
            select id from dead_letter_deltas
            where cast(:group_id as text) is null or group_id = :group_id order by id limit :at_once
        ) returning group_id, at, delta, fresh
    ), hours as (
        insert into dead_letter_hours as h (group_id, hour, number)
        select group_id, date_trunc('hour', at, 'UTC'), sum(delta) from gone where fresh group by 1, 2
        on conflict (group_id, hour) do update set number = h.number + excluded.number
    ), summed as (
        select group_id, sum(delta) as delta, coalesce(sum(delta) filter (where fresh), 0) as fresh,
            max(at) filter (where fresh) as last
        from gone group by group_id
    )
    update dead_letter_groups g
    set open = g.open + s.delta, total = g.total + s.fresh, last_seen = greatest(g.last_seen, s.last)
    from summed s where g.id = s.group_id
    returning g.id, s.fresh
    """
)
_DEATHS: Final = text(
    """
    select group_id, coalesce(sum(number) filter (where hour = date_trunc('hour', now(), 'UTC')), 0),
        coalesce(sum(number) filter (where hour < date_trunc('hour', now(), 'UTC')), 0)
    from dead_letter_hours
    where group_id = any(:ids) and hour >= date_trunc('hour', now(), 'UTC') - interval '1 hour'
    group by group_id
    """
)
_OVER: Final = (DeadLetterGroup.state == "ignored") & (DeadLetterGroup.until_at <= func.now())


@dataclass(frozen=True, slots=True)
class Seen:
    """A group at this moment. ``fresh``: how many died since the last look; the two hours are the clock's."""

    group: DeadLetterGroup
    fresh: int
    this_hour: int
    hour_before: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reopened``: why the group is open again; ``changes``: columns; ``events``: what people are told."""

    reopened: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    events: tuple[OwnEvent, ...] = ()


class GroupFolding:
    """Each method is one transaction, and nothing where another process is at it."""

    def __init__(self, database: Database, judge: Callable[[Seen], Verdict]) -> None:
        self._database = database
        self._judge = judge

    async def fold(self) -> bool:
        """Fold some deltas and judge their groups; False: nothing was left, or another folds.

        A group opens again and people are told in the transaction that takes the deltas away.
        """
        async with self._database.transaction() as session:
            if not await alone(session):
                return False
            fresh = await fold(session)
            for seen in await _seen(session, fresh):
                await _apply(session, seen, self._judge(seen))
            return bool(fresh)


async def alone(session: AsyncSession) -> bool:
    """Whether nobody else folds; until the transaction ends nobody does."""
    return bool(
        (
            await session.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": FOLD_LOCK})
        ).scalar_one()
    )


async def fold(session: AsyncSession, group_id: str | None = None) -> dict[str, int]:
    """How many died in each group since the last look, of one group or of all."""
    rows = await session.execute(_FOLD, {"group_id": group_id, "at_once": _AT_ONCE})
    return {row[0]: int(row[1]) for row in rows}


async def _seen(session: AsyncSession, fresh: dict[str, int]) -> Sequence[Seen]:
    query = select(DeadLetterGroup, func.now()).where(DeadLetterGroup.id.in_(list(fresh)) | _OVER)
    rows = (await session.execute(query)).all()
    deaths = {
        row[0]: (int(row[1]), int(row[2]))
        for row in await session.execute(_DEATHS, {"ids": [group.id for group, _ in rows]})
    }
    return [Seen(group, fresh.get(group.id, 0), *deaths.get(group.id, (0, 0)), now) for group, now in rows]


async def _apply(session: AsyncSession, seen: Seen, verdict: Verdict) -> None:
    group = seen.group
    if verdict.reopened is not None:
        before = {"state": group.state, "by": group.state_by}
        reason, target = verdict.reopened, target_of(group.id)
        await note(
            session, "askpro", "group.reopened", target, reason=reason, before=before, after={"state": "open"}
        )
    for name, value in verdict.changes.items():
        setattr(group, name, value)
    for event in verdict.events:
        await emit(session, event, source=_SOURCE)
