"""Old events and their settled deliveries → counts per day."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database

#: Any number that nothing else locks.
_LOCK: Final = 20_260_601
#: What is counted is what was deleted: whoever folds beside us counts nothing that we count.
_FOLD: Final = text(
    """
    with old as (
        select e.id, (e.logged_at at time zone 'UTC')::date as day
        from event_log e
        where e.logged_at < now() - make_interval(secs => :keep)
            and not exists (
                select 1 from deliveries d where d.event_id = e.id and d.state not in ('done', 'discarded')
            )
        order by e.logged_at
        limit :batch
    ), settled as (
        delete from deliveries d using old
        where d.event_id = old.id and d.state in ('done', 'discarded')
        returning old.day, d.queue, d.state, d.id
    ), stacks as (
        delete from attempt_stacks s using settled where s.delivery_id = settled.id
    ), texts as (
        delete from dead_letter_texts t using settled where t.delivery_id = settled.id
    ), gone as (
        delete from event_log e using old where e.id = old.id returning old.day, e.handled
    ), counted as (
        insert into folded_deliveries as f (day, queue, state, number)
        select day, queue, state, count(*) from settled group by day, queue, state
        on conflict (day, queue, state) do update set number = f.number + excluded.number
    )
    insert into folded_events as f (day, accepted, unhandled)
    select day, count(*), count(*) filter (where not handled) from gone group by day
    on conflict (day) do update
        set accepted = f.accepted + excluded.accepted, unhandled = f.unhandled + excluded.unhandled
    """
)


class Folding:
    """Tables ``folded_events`` and ``folded_deliveries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fold(self, keep: timedelta, batch: int) -> bool:
        """Fold the oldest ``batch`` events older than ``keep``; False: nothing was left, or another folds.

        An event goes with all its deliveries, in one transaction, and only when each is done or discarded.
        """
        async with self._database.transaction() as session:
            if not await _alone(session):
                return False
            folded: CursorResult[Any] = await session.execute(  # type: ignore[assignment]  # of an insert
                _FOLD, {"keep": keep.total_seconds(), "batch": batch}
            )
            return folded.rowcount > 0


async def _alone(session: AsyncSession) -> bool:
    # Two that fold the same days at once would wait for each other's counts, crosswise.
    taken = await session.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    return bool(taken.scalar_one())
