"""The machinery: deliveries, outbox, routes, event log, circuits, budgets."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Stamp, Version


def _dead_letters_by(*columns: str) -> tuple[Index, ...]:
    """Each filter of the console's list is one walk, the newest death first."""
    return tuple(
        Index(
            f"ix_deliveries_dead_{column}",
            column,
            "updated_at",
            "id",
            postgresql_where=text("state = 'dead'"),
        )
        for column in columns
    )


class Delivery(Base):
    """Inbox, redelivery and ledger in one: what became of an event in a queue.

    ``state``: waiting, redelivery, done, dead, discarded. ``attempt`` counts failed attempts and, when
    done, the one that succeeded. ``history``: a list of {attempt, at, class, place, message}. ``group_id``:
    where a dead letter belongs. ``copy_of``: the ``id`` of the dead letter that this is an edit of.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "due_at", postgresql_where=text("state = 'redelivery'")),
        Index("ix_deliveries_waits_for", "waits_for", postgresql_where=text("waits_for is not null")),
        Index("ix_deliveries_dead", "id", postgresql_where=text("state = 'dead'")),
        *_dead_letters_by("group_id", "company_id", "queue", "event_type", "reason"),
        Index("ix_deliveries_dead_at", "updated_at", "id", postgresql_where=text("state = 'dead'")),
        # How many of a group are a company's.
        Index(
            "ix_deliveries_dead_of_company", "company_id", "group_id", postgresql_where=text("state = 'dead'")
        ),
        Index("ix_deliveries_discarded", "updated_at", "id", postgresql_where=text("state = 'discarded'")),
        Index("ix_deliveries_copy_of", "copy_of", postgresql_where=text("copy_of is not null")),
        Index("ix_deliveries_open", "queue", "state", postgresql_where=text("state <> 'done'")),
        Index(None, "event_id"),
        Index(None, "correlation_id"),
        Index(None, "id", unique=True),
    )

    queue: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity())
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    event_type: Mapped[str | None]
    company_id: Mapped[str | None]
    correlation_id: Mapped[str | None]
    due_at: Mapped[datetime | None]
    waits_for: Mapped[str | None]
    first_seen_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    body: Mapped[bytes | None]
    properties: Mapped[dict[str, Any] | None]
    history: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    reason: Mapped[str | None]
    error: Mapped[dict[str, Any] | None]
    fingerprint: Mapped[str | None]
    group_id: Mapped[str | None]
    copy_of: Mapped[int | None] = mapped_column(BigInteger)
    settled_by: Mapped[str | None]
    settled_reason: Mapped[str | None]


class Outbox(Base):
    """Events committed with their cause, sent by any relay; a confirmed row is deleted.

    ``queue``: None for the exchange, else the one work queue it goes to.
    """

    __tablename__ = "outbox"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[str]
    event_type: Mapped[str]
    queue: Mapped[str | None]
    body: Mapped[bytes]
    properties: Mapped[dict[str, Any]]
    created_at: Mapped[Stamp]


class Route(Base):
    """A binding that a process declared at the broker: who gets which type since when."""

    __tablename__ = "routes"

    queue: Mapped[str] = mapped_column(primary_key=True)
    pattern: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[Stamp]


class LoggedEvent(Base):
    """An accepted event, its envelope's bytes unchanged; ``document`` is the copy for search."""

    __tablename__ = "event_log"
    __table_args__ = (
        Index(None, "type", "seq"),
        Index(None, "company_id", "seq"),
        Index(None, "correlation_id"),
        Index(None, "causation_id"),
        Index(None, "seq", unique=True),
        Index(None, "logged_at"),
        # The ledger counts them every half minute.
        Index("ix_event_log_unhandled", "logged_at", postgresql_where=text("handled is false")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    type: Mapped[str]
    source: Mapped[str]
    subject: Mapped[str | None]
    company_id: Mapped[str | None]
    time: Mapped[datetime]
    correlation_id: Mapped[str | None]
    causation_id: Mapped[str | None]
    traceparent: Mapped[str | None]
    handled: Mapped[bool]
    body: Mapped[bytes]
    document: Mapped[dict[str, Any] | None]
    logged_at: Mapped[Stamp]


class FoldedEvents(Base):
    """How many events of a day (UTC, by ``logged_at``) were taken out of the event log."""

    __tablename__ = "folded_events"

    day: Mapped[date] = mapped_column(primary_key=True)
    accepted: Mapped[int] = mapped_column(BigInteger)
    unhandled: Mapped[int] = mapped_column(BigInteger)


class FoldedDeliveries(Base):
    """The deliveries that went with them: a settled state, and how many."""

    __tablename__ = "folded_deliveries"

    day: Mapped[date] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class Circuit(Base):
    """The common state of a circuit; changed by ``update … where version = :v``."""

    __tablename__ = "circuits"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    company_id: Mapped[str | None]
    opened_at: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    rest_seconds: Mapped[float | None]
    probe_by: Mapped[str | None]
    probe_until: Mapped[datetime | None]
    forced: Mapped[str | None]
    forced_by: Mapped[str | None]
    forced_reason: Mapped[str | None]
    forced_until: Mapped[datetime | None]
    version: Mapped[Version] = mapped_column(server_default="1")
    updated_at: Mapped[Stamp]


class RateBudget(Base):
    """Calls a credential may still make in its window, over all services and replicas."""

    __tablename__ = "rate_budgets"

    name: Mapped[str] = mapped_column(primary_key=True)
    per_minute: Mapped[int] = mapped_column(Integer)
    remaining: Mapped[float]
    window_ends: Mapped[datetime]
    updated_at: Mapped[Stamp]
