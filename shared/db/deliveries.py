"""What became of each delivery, in rows: redelivery, parking, dead letters, and their way back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import TextClause, and_, func, or_, select, text, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import SELF_REPORTING, DeadLetterRecorded
from shared.contracts.wire import searchable
from shared.db.batches import within
from shared.db.consents import keepable
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.settling import OPEN_STATES, CurrentDelivery, mark_done
from shared.db.tables import Delivery

#: Released deliveries come back at 500 a second, so that fresh ones keep their speed.
_RAMP: Final = "2 milliseconds"

#: From a row's commit to the broker's note that its delivery was rejected, clocks included.
_AT_ONCE: Final = timedelta(minutes=1)

#: Each run of attempts, the first and each replay, begins at 1.
_SEEN: Final = text(
    "select state, attempt,"
    " cast(jsonb_path_query_array(history, '$[*] ? (@.attempt == 1).at') ->> -1 as timestamptz)"
    " from deliveries where queue = :queue and event_id = :event_id"
)


@dataclass(frozen=True, slots=True)
class Content:
    """What must come back byte for byte: the body and the properties as JSON."""

    body: bytes
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. ``error``: class, message, place, stack."""

    at: datetime
    error: dict[str, Any]
    origin: dict[str, Any]

    def entry(self, attempt: int) -> dict[str, Any]:
        """Its line in the history: everything but the stack."""
        kept = {key: value for key, value in self.error.items() if key != "stack"}
        return _clean({"attempt": attempt, "at": self.at.isoformat(), **kept, **self.origin})


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
        await self._reschedule(
            delivery,
            content,
            attempt=delivery.attempt,
            due_at=func.now() + text(f"interval '{after:.3f} seconds'"),
            waits_for=None,
            history=[failure.entry(delivery.attempt)],
        )

    async def park(self, delivery: CurrentDelivery, content: Content, circuit: str) -> None:
        """Wait for ``circuit`` without a due time; the attempt is not counted."""
        await self._reschedule(
            delivery, content, attempt=delivery.attempt - 1, due_at=None, waits_for=circuit, history=[]
        )

    async def dead_letter(
        self, delivery: CurrentDelivery, content: Content, failure: Failure, reason: str
    ) -> bool:
        """Write the dead letter with its story and tell about it. False: it was settled before."""
        async with self._database.transaction() as session:
            return await bury(session, delivery, content, failure, reason, source=self._source)

    async def _reschedule(self, delivery: CurrentDelivery, content: Content, **columns: Any) -> None:
        values = _base(delivery, content) | {"state": "redelivery"} | columns
        changes = {
            key: values[key] for key in ("state", "attempt", "due_at", "waits_for", "body", "properties")
        }
        # A parked copy stands at the attempt before; it may replace a row of the same count.
        newer = (
            Delivery.attempt < values["attempt"]
            if values["history"]
            else Delivery.attempt <= values["attempt"]
        )
        async with self._database.transaction() as session:
            await session.execute(
                insert(Delivery)
                .values(**values)
                .on_conflict_do_update(
                    index_elements=[Delivery.queue, Delivery.event_id],
                    set_={
                        **changes,
                        "history": Delivery.history.op("||")(insert(Delivery).excluded.history),
                        "updated_at": func.now(),
                    },
                    where=Delivery.state.in_(OPEN_STATES) & newer,
                )
            )


async def bury(
    session: AsyncSession,
    delivery: CurrentDelivery,
    content: Content,
    failure: Failure,
    reason: str,
    *,
    source: str,
    unless_told: bool = False,
) -> bool:
    """Write a dead letter within ``session``; False where the delivery was settled before.

    ``unless_told``: nor where its history has this attempt already, of the minute in which it was given up.
    Then this is a copy that comes after a person has sent the dead letter again.
    """
    kept = await keepable(session, delivery.company_id, delivery.event_type, content.body)
    values = _base(delivery, Content(kept, content.properties)) | {
        "state": "dead",
        "due_at": None,
        "waits_for": None,
        "history": [failure.entry(delivery.attempt)],
        "reason": reason,
        "error": _clean({**failure.error, **failure.origin}),
        "fingerprint": f"{failure.error['class']} at {failure.error['place']} in {delivery.queue}",
    }
    changes = {key: item for key, item in values.items() if key not in {"queue", "event_id", "history"}}
    statement = (
        insert(Delivery)
        .values(**values)
        .on_conflict_do_update(
            index_elements=[Delivery.queue, Delivery.event_id],
            set_={
                **changes,
                "history": Delivery.history.op("||")(insert(Delivery).excluded.history),
                "updated_at": func.now(),
            },
            where=and_(
                Delivery.state.in_(OPEN_STATES), _untold(delivery, failure) if unless_told else true()
            ),
        )
        .returning(func.jsonb_array_length(Delivery.history))
    )
    failures = (await session.execute(statement)).scalar()
    if failures is None:
        return False
    await _tell(session, delivery, failure, reason, source, failures=failures)
    return True


def _untold(delivery: CurrentDelivery, failure: Failure) -> TextClause:
    return text(
        "not exists (select 1 from jsonb_array_elements(deliveries.history) as told"
        " where (told->>'attempt')::int = :told_attempt"
        # What the broker gave up is filed with the second it says; who rejects has written it just before.
        " and case when told ? 'filed_from' then (told->>'at')::timestamptz = :told_at"
        " else (told->>'at')::timestamptz between :told_from and :told_to end)"
    ).bindparams(
        told_attempt=delivery.attempt,
        told_at=failure.at,
        told_from=failure.at - _AT_ONCE,
        told_to=failure.at + _AT_ONCE,
    )


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


async def _tell(
    session: AsyncSession,
    delivery: CurrentDelivery,
    failure: Failure,
    reason: str,
    source: str,
    *,
    failures: int,
) -> None:
    event_type = delivery.event_type or "unknown"
    if event_type.startswith(SELF_REPORTING):
        return
    event = DeadLetterRecorded(
        queue=delivery.queue,
        dead_event_id=delivery.event_id,
        # Of its whole story: one that a person replayed in vain starts at attempt 1, and is told again.
        attempt=failures,
        dead_event_type=event_type,
        reason=reason,
        error=f"{failure.error['class']}: {failure.error['message']}",
        company_id=delivery.company_id,
    )
    await emit(session, event, source=source)


def _base(delivery: CurrentDelivery, content: Content) -> dict[str, Any]:
    return {
        "queue": delivery.queue,
        "event_id": delivery.event_id,
        "attempt": delivery.attempt,
        "event_type": searchable(delivery.event_type),
        "company_id": searchable(delivery.company_id),
        "correlation_id": searchable(delivery.correlation_id),
        "body": content.body,
        "properties": _clean(content.properties),
    }


def _clean(value: dict[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = searchable(value)
    return cleaned
