"""What the console keeps: groups of dead letters, operations, samples, refused requests, notices."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Identity, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Stamp


class DeadLetterGroup(Base):
    """Dead letters of one error at one place in one queue, as people deal with them.

    ``id`` is made of class, file and function, without the line: a release that moves code keeps the group.
    ``state``: open, acknowledged, resolved, ignored; the ``until_*`` end the last one. ``until_total`` counts
    from the group's beginning. ``open`` and ``total`` lack what ``dead_letter_deltas`` still holds.
    ``alerted_at``, ``grown_at``, ``grown_to``, ``aged_id``: what was told of it.
    """

    __tablename__ = "dead_letter_groups"

    id: Mapped[str] = mapped_column(primary_key=True)
    queue: Mapped[str]
    error_class: Mapped[str]
    place: Mapped[str]
    note: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="open")
    until_at: Mapped[datetime | None]
    until_total: Mapped[int | None] = mapped_column(BigInteger)
    until_per_hour: Mapped[int | None] = mapped_column(Integer)
    state_by: Mapped[str | None]
    state_at: Mapped[datetime | None]
    state_reason: Mapped[str | None]
    first_seen: Mapped[Stamp]
    last_seen: Mapped[Stamp]
    total: Mapped[int] = mapped_column(BigInteger, server_default="0")
    open: Mapped[int] = mapped_column(BigInteger, server_default="0")
    alerted_at: Mapped[datetime | None]
    grown_at: Mapped[datetime | None]
    grown_to: Mapped[int | None] = mapped_column(BigInteger)
    aged_id: Mapped[int | None] = mapped_column(BigInteger)


class DeadLetterDelta(Base):
    """Letters came to a group or left it; appended, so that nobody waits for a common row.

    ``fresh``: they died, ``delta`` of them; else people moved them.
    """

    __tablename__ = "dead_letter_deltas"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    group_id: Mapped[str]
    at: Mapped[Stamp]
    delta: Mapped[int] = mapped_column(BigInteger)
    fresh: Mapped[bool]


class DeadLetterHour(Base):
    """How many of a group died within an hour (UTC)."""

    __tablename__ = "dead_letter_hours"

    group_id: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class DeadLetterText(Base):
    """What is searched in a dead letter: error and redacted payload, cut. None: yet to be read."""

    __tablename__ = "dead_letter_texts"
    __table_args__ = (
        Index(
            "ix_dead_letter_texts_text",
            "text",
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
        ),
        Index("ix_dead_letter_texts_unread", "delivery_id", postgresql_where=text("text is null")),
    )

    delivery_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    text: Mapped[str | None]


class AttemptStack(Base):
    """The stack of a failed delivery attempt, cut; its other facts are in the delivery's history."""

    __tablename__ = "attempt_stacks"

    delivery_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    stack: Mapped[str]


class EditDraft(Base):
    """A person's edit of a dead letter that is not sent yet; the highest ``number`` is the newest."""

    __tablename__ = "edit_drafts"

    letter_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    operator: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    data: Mapped[bytes]
    at: Mapped[Stamp]


class Operation(Base):
    """Something done to many dead letters. ``kind``: replay, patch-replay, discard.

    ``state``: planned, running, paused, stopped, done, cancelled. ``rate`` and ``level``: messages a second;
    ``threshold``: the share of failures at which it stops, once ``minimum`` are known. ``counts``: its items
    by state and outcome.
    """

    __tablename__ = "operations"
    __table_args__ = (
        Index(
            "ix_operations_unfinished",
            "id",
            postgresql_where=text("state in ('planned', 'running', 'paused', 'stopped')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="planned")
    reason: Mapped[str | None]
    selection: Mapped[dict[str, Any]]
    patch: Mapped[list[Any] | None]
    rate: Mapped[float]
    threshold: Mapped[float]
    minimum: Mapped[int] = mapped_column(Integer)
    level: Mapped[float | None]
    level_since: Mapped[datetime | None]
    stop_reason: Mapped[str | None]
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_by: Mapped[str]
    created_at: Mapped[Stamp]
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class OperationItem(Base):
    """One dead letter of an operation. ``state``: chosen, sent, verified, cancelled."""

    __tablename__ = "operation_items"
    __table_args__ = (
        ForeignKeyConstraint(["operation_id"], ["operations.id"], ondelete="CASCADE"),
        Index(None, "operation_id", "state", "place"),
        # Two operations never send the same letter at once.
        Index(
            "ix_operation_items_taken",
            "delivery_id",
            unique=True,
            postgresql_where=text("state in ('chosen', 'sent')"),
        ),
    )

    operation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    delivery_id: Mapped[int] = mapped_column(BigInteger)
    queue: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="chosen")
    sent_at: Mapped[datetime | None]
    failures_before: Mapped[int | None] = mapped_column(Integer)
    new_event_id: Mapped[str | None]
    outcome: Mapped[str | None]
    checked_at: Mapped[datetime | None]


class Sample(Base):
    """A figure of the overview at a time; ``label`` tells several of one series apart, such as a queue."""

    __tablename__ = "samples"
    __table_args__ = (Index(None, "at"),)

    series: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]


class RequestMinute(Base):
    """What a process answered within a minute: ``failed`` with 5xx, ``slow`` beyond the objective."""

    __tablename__ = "request_minutes"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger, server_default="0")
    failed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    slow: Mapped[int] = mapped_column(BigInteger, server_default="0")


class RejectedRequest(Base):
    """A webhook that ingest refused, kept for a while. ``cut``: the body is not whole.

    ``event_id``: what it became after it was taken in again.
    """

    __tablename__ = "rejected_requests"
    __table_args__ = (Index(None, "company_id", "day"), Index(None, "received_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[Stamp]
    day: Mapped[date]
    company_id: Mapped[str | None]
    provider: Mapped[str]
    status: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes | None]
    size: Mapped[int] = mapped_column(BigInteger)
    cut: Mapped[bool]
    reingested_at: Mapped[datetime | None]
    reingested_by: Mapped[str | None]
    event_id: Mapped[str | None]


class BranchNotice(Base):
    """What a branch tells its callers on one day, such as that it closes earlier."""

    __tablename__ = "branch_notices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "branch_id"], ["branches.company_id", "branches.id"], ondelete="CASCADE"
        ),
    )

    company_id: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    text: Mapped[str]
    by: Mapped[str]
    at: Mapped[Stamp]
