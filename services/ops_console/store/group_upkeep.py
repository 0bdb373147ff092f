"""What the counts of groups cannot know: letters of an older version, drift, and how long letters wait."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.group_folding import alone
from shared.contracts.events import DeadLetterAged
from shared.db.engine import Database
from shared.db.outbox import emit

_SOURCE: Final = "ops_console"
#: A pass over every dead letter, once in a while, in an index: seconds for some millions.
_LONG: Final = text("set local statement_timeout = '60s'")
#: As ``shared.db.dead_counts`` names groups. Only of letters that no version of ours has put into one.
_ADOPT: Final = text(
    """
    with stray as (
        select id, queue, coalesce(error->>'class', 'unknown') as error_class,
            regexp_replace(coalesce(error->>'place', 'unknown'), ':[0-9]+ ', ' ') as place, updated_at
        from deliveries where state = 'dead' and group_id is null limit 5000 for update skip locked
    ), named as (
        select *, left(encode(sha256(convert_to(concat(error_class, ' at ', place, ' in ', queue), 'UTF8')),
            'hex'), 16) as group_id from stray
    ), found as (
        insert into dead_letter_groups (id, queue, error_class, place)
        select distinct group_id, queue, error_class, place from named on conflict do nothing
    ), unread as (
        insert into dead_letter_texts (delivery_id) select id from named on conflict do nothing
    ), counted as (
        insert into dead_letter_deltas (group_id, at, delta, fresh)
        select group_id, max(updated_at), count(*), true from named group by group_id
    )
    update deliveries d set group_id = n.group_id from named n where d.id = n.id returning d.id
    """
)
_RECOUNT: Final = text(
    """
    with counted as (
        select group_id, count(*) as number from deliveries where state = 'dead' group by group_id
    ), moved as (
        select group_id, sum(delta) as delta from dead_letter_deltas group by group_id
    )
    update dead_letter_groups g
    set open = coalesce(c.number, 0) - coalesce(m.delta, 0)
    from dead_letter_groups same
    left join counted c on c.group_id = same.id
    left join moved m on m.group_id = same.id
    where same.id = g.id and g.open <> coalesce(c.number, 0) - coalesce(m.delta, 0)
    returning g.id
    """
)
_FORGET_TEXTS: Final = text(
    """
    delete from dead_letter_texts where delivery_id in (
        select t.delivery_id from dead_letter_texts t left join deliveries d on d.id = t.delivery_id
        where d.id is null or d.state not in ('dead', 'discarded')
    )
    """
)
_FORGET_HOURS: Final = text("delete from dead_letter_hours where hour < now() - interval '40 days'")
_AGED: Final = text(
    """
    select g.id, g.queue, g.error_class, g.place, g.open, oldest.id as letter_id, oldest.updated_at,
        extract(epoch from now() - oldest.updated_at) / 3600 as hours
    from dead_letter_groups g cross join lateral (
        select d.id, d.updated_at from deliveries d
        where d.state = 'dead' and d.group_id = g.id order by d.updated_at, d.id limit 1
    ) oldest
    where g.state not in ('ignored', 'resolved')
        and oldest.updated_at < now() - make_interval(secs => :seconds)
        and g.aged_id is distinct from oldest.id
    """
)
_TOLD: Final = text("update dead_letter_groups set aged_id = :letter_id where id = :id")


class GroupUpkeep:
    """Each method is one transaction, and nothing where another process is at it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def adopt(self) -> None:
        """Put letters that have no group into theirs: one look at an index where there are none."""
        async with self._database.transaction() as session:
            if await alone(session):
                await session.execute(_ADOPT)

    async def recount(self) -> int:
        """Make the counts what the rows say. Returns how many differed."""
        async with self._database.transaction() as session:
            if not await alone(session):
                return 0
            await session.execute(_LONG)
            return len((await session.execute(_RECOUNT)).all())

    async def forget(self) -> None:
        """Texts of letters that are not dead any more, and hours that no page shows."""
        async with self._database.transaction() as session:
            await session.execute(_LONG)
            await session.execute(_FORGET_TEXTS)
            await session.execute(_FORGET_HOURS)

    async def tell_aged(self, older_than: timedelta) -> None:
        """Tell of each group whose oldest letter has waited that long; of the same letter once."""
        async with self._database.transaction() as session:
            if await alone(session):
                rows = (await session.execute(_AGED, {"seconds": older_than.total_seconds()})).all()
                for row in rows:
                    await _tell(session, row)


async def _tell(session: AsyncSession, row: Any) -> None:
    await session.execute(_TOLD, {"id": row.id, "letter_id": row.letter_id})
    event = DeadLetterAged(
        group_id=row.id,
        queue=row.queue,
        error_class=row.error_class,
        place=row.place,
        letter_id=row.letter_id,
        died_at=row.updated_at,
        hours=float(row.hours),
        open=row.open,
    )
    await emit(session, event, source=_SOURCE)
