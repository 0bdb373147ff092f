"""Deliveries that should be at the broker and may not be, and their way back there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.ledger import OVERDUE
from shared.contracts.names import CLOUDEVENTS_JSON
from shared.db.dead_counts import Group, arrived
from shared.db.engine import Database
from shared.db.tables import AuditEntry, Delivery, LoggedEvent

#: Their bytes are copied in one statement, which has 5 s.
_AT_ONCE: Final = 5_000
_LOST: Final = {
    "class": "broker.lost",
    "message": "neither the broker nor the event log has its bytes",
    "place": "unknown",
    "stack": "",
}


@dataclass(frozen=True, slots=True)
class Suspects:
    """Deliveries that have waited for over a minute in ``queues``; ``ids``: only of these events."""

    queues: tuple[str, ...]
    ids: tuple[str, ...] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        chosen = [] if self.ids is None else [Delivery.event_id.in_(self.ids)]
        return [*OVERDUE, Delivery.queue.in_(self.queues), *chosen]


@dataclass(frozen=True, slots=True)
class SentAgain:
    """(queue, event id) of each that is on its way, and of each whose bytes nobody has: a dead letter now."""

    sent: Sequence[tuple[str, str]]
    lost: Sequence[tuple[str, str]]


class Missing:
    """Tables ``deliveries`` and ``event_log``, which keeps the bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, suspects: Suspects, limit: int) -> Sequence[Delivery]:
        """Those that wait longest first."""
        query = select(Delivery).where(*suspects.conditions()).order_by(Delivery.updated_at).limit(limit)
        async with self._database.transaction() as session:
            return (await session.execute(query)).scalars().all()

    async def send_again(
        self, suspects: Suspects, *, by: str, per_second: float, reason: str, all_logged: bool
    ) -> SentAgain:
        """Make 5,000 of them due on a ramp, with the bytes of the log, under their ids and at their attempt.

        One that is merely late is then sent twice, which changes nothing: whoever has settled an event knows
        its id. ``all_logged``: what the log does not have now it will never get.
        """
        async with self._database.transaction() as session:
            lost = await _buried(session, suspects) if all_logged else []
            sent = await _ids(session, _due(suspects, per_second))
            session.info["outbox"] = True
            await _note_each(session, sent, by, "delivery.sent_again", reason)
            await _note_each(session, lost, by, "delivery.lost", reason)
            return SentAgain(sent, lost)


async def _ids(session: AsyncSession, statement: Any) -> list[tuple[str, str]]:
    rows = await session.execute(statement.returning(Delivery.queue, Delivery.event_id))
    return [(row[0], row[1]) for row in rows]


async def _buried(session: AsyncSession, suspects: Suspects) -> list[tuple[str, str]]:
    if not suspects.queues:
        return []
    rows = await session.execute(_dead(suspects).returning(Delivery.queue, Delivery.event_id, Delivery.id))
    lost = rows.all()
    for queue in {row[0] for row in lost}:
        await arrived(session, Group.of(_LOST, queue), [row[2] for row in lost if row[0] == queue])
    return [(row[0], row[1]) for row in lost]


def _dead(suspects: Suspects) -> Any:
    """Those that the log never got: a person can only discard them."""
    logged = select(LoggedEvent.id).where(LoggedEvent.id == Delivery.event_id).exists()
    groups = {queue: Group.of(_LOST, queue).id for queue in suspects.queues}
    told = {"reason": "lost", "error": _LOST, "fingerprint": "broker.lost"}
    return (
        update(Delivery)
        .where(*suspects.conditions(), ~logged)
        .values(state="dead", updated_at=func.now(), group_id=case(groups, value=Delivery.queue), **told)
    )


def _due(suspects: Suspects, per_second: float) -> Any:
    chosen = _with_bytes(suspects).subquery()
    ramp = (chosen.c.place - 1) * text(f"interval '{1 / per_second:.6f} seconds'")
    return (
        update(Delivery)
        .where(
            Delivery.queue == chosen.c.queue, Delivery.event_id == chosen.c.id, Delivery.state == "waiting"
        )
        .values(
            state="redelivery",
            due_at=func.now() + ramp,
            updated_at=func.now(),
            body=chosen.c.body,
            properties=chosen.c.properties,
        )
    )


def _with_bytes(suspects: Suspects) -> Select[Any]:
    properties = func.jsonb_strip_nulls(
        func.jsonb_build_object(
            "message_id", LoggedEvent.id,
            "type", LoggedEvent.type,
            "correlation_id", LoggedEvent.correlation_id,
            "timestamp", func.floor(func.extract("epoch", LoggedEvent.time)),
            "content_type", CLOUDEVENTS_JSON,
        )
    )  # fmt: skip
    return (
        select(
            Delivery.queue,
            LoggedEvent.id,
            LoggedEvent.body,
            properties.label("properties"),
            func.row_number().over(order_by=Delivery.id).label("place"),
        )
        .join(LoggedEvent, LoggedEvent.id == Delivery.event_id)
        .where(*suspects.conditions())
        .order_by(Delivery.id)
        .limit(_AT_ONCE)
    )


async def _note_each(
    session: AsyncSession, ids: Sequence[tuple[str, str]], by: str, action: str, reason: str
) -> None:
    target = "delivery:{}:{}".format
    rows = [{"operator": by, "action": action, "target": target(*one), "reason": reason} for one in ids]
    if rows:
        await session.execute(insert(AuditEntry), rows)
