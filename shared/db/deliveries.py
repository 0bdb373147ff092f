"""What became of each delivery, in rows: redelivery, parking, dead letters, and their way back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.batches import within
from shared.db.burial import bury
from shared.db.engine import Database
from shared.db.failures import Content, Failure, appending, keep_stack, row_of
from shared.db.settling import OPEN_STATES, CurrentDelivery, mark_done
from shared.db.tables import Delivery

#: Released deliveries come back at 500 a second, so that fresh ones keep their speed.
_RAMP: Final = "2 milliseconds"
_RESCHEDULED: Final = ("state", "attempt", "due_at", "waits_for", "body", "properties")

#: Each run of attempts, the first and each replay, begins at 1.
_SEEN: Final = text(
    "select state, attempt,"
    " cast(jsonb_path_query_array(history, '$[*] ? (@.attempt == 1).at') ->> -1 as timestamptz)"
    " from deliveries where queue = :queue and event_id = :event_id"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A delivery's row. ``failing_since``: when the first attempt of its present run failed, if one did."""

    state: str
    attempt: int
    failing_since: datetime | None


class Deliveries:
    """Each method is one transaction. A settled delivery is never touched again by a late copy."""

    def __init__(self, database: Database, *, source: str) -> None:
        self._database = database
        self._source = source

    async def seen_before(self, queue: str, event_id: str) -> Seen | None:
        """What its row says, None where there is none yet."""
        async with self._database.single() as connection:
            row = (await connection.execute(_SEEN, {"queue": queue, "event_id": event_id})).first()
        return None if row is None else Seen(*row)

    async def settle(self, delivery: CurrentDelivery) -> None:
        """Mark it done unless that happened with its effect."""
        if delivery.settled:
            return
        async with self._database.transaction() as session:
            await mark_done(session, delivery)
        delivery.settled = True

    async def on_the_move(self, delivery: CurrentDelivery) -> None:
        """Another queue gets it: the ledger looks for it only when both have counted themselves again."""
        async with self._database.transaction() as session:
            await session.execute(
                update(Delivery)
                .where(Delivery.queue == delivery.queue, Delivery.event_id == delivery.event_id)
                .values(updated_at=func.now())
            )

    async def redeliver(
        self, delivery: CurrentDelivery, content: Content, failure: Failure, after: float
    ) -> None:
        """Due again after ``after`` seconds; written only over a lower attempt, so copies never multiply."""
        due_at = func.now() + text(f"interval '{after:.3f} seconds'")
        history = [failure.entry(delivery.attempt)]
        columns = {"attempt": delivery.attempt, "due_at": due_at, "waits_for": None, "history": history}
        async with self._database.transaction() as session:
            written = await _rescheduled(session, delivery, content, **columns)
            if written is not None:
                await keep_stack(session, written, delivery.attempt, failure)

    async def park(self, delivery: CurrentDelivery, content: Content, circuit: str) -> None:
        """Wait for ``circuit`` without a due time; the attempt is not counted."""
        columns: dict[str, Any] = {
            "attempt": delivery.attempt - 1,
            "due_at": None,
            "waits_for": circuit,
            "history": [],
        }
        async with self._database.transaction() as session:
            await _rescheduled(session, delivery, content, **columns)

    async def dead_letter(
        self, delivery: CurrentDelivery, content: Content, failure: Failure, reason: str
    ) -> bool:
        """Write the dead letter with its story and tell about it. False: it was settled before."""
        async with self._database.transaction() as session:
            return await bury(session, delivery, content, failure, reason, source=self._source)


async def _rescheduled(
    session: AsyncSession, delivery: CurrentDelivery, content: Content, **columns: Any
) -> int | None:
    """Its row's id, None where another copy has brought it further."""
    values = row_of(delivery, content) | {"state": "redelivery"} | columns
    # A parked copy stands at the attempt before; it may replace a row of the same count.
    newer = (
        Delivery.attempt < values["attempt"] if values["history"] else Delivery.attempt <= values["attempt"]
    )
    written = appending(values, _RESCHEDULED, where=Delivery.state.in_(OPEN_STATES) & newer)
    return (await session.execute(written.returning(Delivery.id))).scalar()


async def release(session: AsyncSession, circuit: str) -> None:
    """Make everything that waits for ``circuit`` due, on a ramp of 500 a second."""
    waiting = (
        select(Delivery.id, func.row_number().over(order_by=Delivery.id).label("place"))
        .where(Delivery.waits_for == circuit, Delivery.state == "redelivery")
        .subquery()
    )
    await session.execute(
        update(Delivery)
        .where(Delivery.id == waiting.c.id)
        .values(
            waits_for=None,
            due_at=func.now() + waiting.c.place * text(f"interval '{_RAMP}'"),
            updated_at=func.now(),
        )
    )
    session.info["outbox"] = True


async def due(session: AsyncSession, limit: int, besides: Collection[int] = ()) -> Sequence[Delivery]:
    """Redeliveries whose time has come, ``besides`` some; locked for this session, skipped by every other.

    At most ``limit`` and, unless it is a single one, 16 MiB.
    """
    longest_due = (
        select(Delivery.id, func.coalesce(func.octet_length(Delivery.body), 0))
        .where(
            Delivery.state == "redelivery", Delivery.due_at <= func.now(), Delivery.id.not_in(list(besides))
        )
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    chosen = within((row[0], row[1]) for row in await session.execute(longest_due))
    if not chosen:
        return []
    query = select(Delivery).where(Delivery.id.in_(chosen)).order_by(Delivery.due_at)
    return (await session.execute(query)).scalars().all()


async def mark_waiting(session: AsyncSession, rows: Sequence[Delivery]) -> None:
    """They are in their queue again; one that was changed since it was read is left as it is."""
    sent = [(row.id, row.updated_at) for row in rows]
    await session.execute(
        update(Delivery)
        .where(tuple_(Delivery.id, Delivery.updated_at).in_(sent), Delivery.state == "redelivery")
        .values(state="waiting", due_at=None, updated_at=func.now(), body=None, properties=None)
    )


#: Rows whose circuit lets calls through: closed already, a pause that is over, or the rest of a dependency
#: that nobody has probed for 30 s, because all that wanted it are parked here. A person's word counts more.
FORGOTTEN: Final = or_(
    text("not exists (select 1 from circuits c where c.name = deliveries.waits_for)"),
    text(
        "exists (select 1 from circuits c where c.name = deliveries.waits_for and case"
        " when c.forced is not null and (c.forced_until is null or c.forced_until > now())"
        " then c.forced = 'closed'"
        " else c.state = 'closed' or c.rest_until <= now()"
        " - case c.kind when 'credential' then interval '0' else interval '30 seconds' end end)"
    ),
)


async def sweep(session: AsyncSession) -> None:
    """Free what waits for a closed circuit."""
    query = select(Delivery.waits_for).where(Delivery.waits_for.is_not(None), FORGOTTEN).distinct()
    for circuit in (await session.execute(query)).scalars().all():
        await release(session, str(circuit))
