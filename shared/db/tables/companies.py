"""Companies, their branches, and what a branch offers when."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Stamp, Version


class Company(Base):
    """A tenant. ``*_encrypted`` is sealed by ``shared.db.vault``; a ``*_previous_*`` is valid still.

    ``status``: active, suspended, closed. ``suspend_at``: when an unpaid one will be suspended. A secret that
    is ``next`` is accepted, and not yet what Cal.com signs with. ``recording``: off, consent.
    ``calcom_region``: default, eu; its account is in one of them alone.
    """

    __tablename__ = "companies"
    __table_args__ = (UniqueConstraint("stripe_customer_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="de-DE")
    status: Mapped[str] = mapped_column(server_default="active")
    kind: Mapped[str] = mapped_column(server_default="general")
    dpa_signed_on: Mapped[date | None]
    secrecy_signed_on: Mapped[date | None]
    recording: Mapped[str] = mapped_column(server_default="off")
    retention_days: Mapped[int] = mapped_column(Integer, server_default="30")
    suspend_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    retell_api_key_encrypted: Mapped[bytes | None]
    calcom_api_key_encrypted: Mapped[bytes | None]
    calcom_region: Mapped[str] = mapped_column(server_default="default")
    calcom_webhook_secret_encrypted: Mapped[bytes | None]
    calcom_webhook_secret_previous_encrypted: Mapped[bytes | None]
    calcom_webhook_secret_next_encrypted: Mapped[bytes | None]
    calcom_webhook_secret_rotated_at: Mapped[datetime | None]
    notify_urls_encrypted: Mapped[bytes | None]
    notification_email: Mapped[str | None]
    customer_messages: Mapped[str] = mapped_column(server_default="calcom")
    stripe_customer_id: Mapped[str | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Branch(Base):
    """``document`` is the whole branch as in its newest event; the other columns are read from it."""

    __tablename__ = "branches"
    __table_args__ = (ForeignKeyConstraint(["company_id"], ["companies.id"], ondelete="CASCADE"),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[Version]
    name: Mapped[str]
    language: Mapped[str]
    timezone: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="pending")
    document: Mapped[dict[str, Any]]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
    deleted_at: Mapped[datetime | None]


class _OfBranch:
    """Columns of everything that belongs to one branch."""

    company_id: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[str] = mapped_column(primary_key=True)


def _branch_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["company_id", "branch_id"], ["branches.company_id", "branches.id"], ondelete="CASCADE"
    )


class Service(_OfBranch, Base):
    """What can be booked; ``key`` is what the agent says to us."""

    __tablename__ = "services"
    __table_args__ = (_branch_key(), Index(None, "company_id", "event_type_id"))

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    duration_minutes: Mapped[int] = mapped_column(Integer)
    price_cents: Mapped[int | None] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(server_default="EUR")
    ask_back: Mapped[str | None]
    event_type_id: Mapped[int | None] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer, server_default="0")


class ServiceAlias(_OfBranch, Base):
    """What callers say instead of the service's name."""

    __tablename__ = "service_aliases"
    __table_args__ = (_branch_key(),)

    service_key: Mapped[str] = mapped_column(primary_key=True)
    alias: Mapped[str] = mapped_column(primary_key=True)


class Staff(_OfBranch, Base):
    """Somebody callers ask for by name."""

    __tablename__ = "staff"
    __table_args__ = (_branch_key(),)

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class ServiceStaffEventType(_OfBranch, Base):
    """Which Cal.com event type books a service with a person."""

    __tablename__ = "service_staff_event_types"
    __table_args__ = (_branch_key(), Index(None, "company_id", "event_type_id"))

    service_key: Mapped[str] = mapped_column(primary_key=True)
    staff_key: Mapped[str] = mapped_column(primary_key=True)
    event_type_id: Mapped[int] = mapped_column(BigInteger)


class OpeningHours(_OfBranch, Base):
    """One interval of a weekday (0 Monday), wall time; several make breaks."""

    __tablename__ = "opening_hours"
    __table_args__ = (_branch_key(),)

    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    opens: Mapped[time] = mapped_column(primary_key=True)
    closes: Mapped[time]


class SpecialDay(_OfBranch, Base):
    """A day that differs from the week; ``hours`` is a list of {opens, closes}, empty: closed."""

    __tablename__ = "special_days"
    __table_args__ = (_branch_key(),)

    day: Mapped[date] = mapped_column(primary_key=True)
    hours: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(server_default="")


class PhoneNumber(Base):
    """A number that a branch answers, E.164."""

    __tablename__ = "phone_numbers"
    __table_args__ = (_branch_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[str]
    bound_agent_id: Mapped[str | None]
    created_at: Mapped[Stamp]


class Provisioning(_OfBranch, Base):
    """What exists at the providers for a branch; each column is saved before the next step begins.

    ``mode``: live, suspended. ``tested_hash``: of the LLM that passed its conversations last; ``llm_hash``:
    of the one that stands in the draft; ``test_batch_id``: the run that is under way.
    """

    __tablename__ = "provisionings"
    __table_args__ = (_branch_key(), Index(None, "company_id", "agent_id"))

    state: Mapped[str] = mapped_column(server_default="pending")
    target_version: Mapped[Version]
    reached_version: Mapped[Version] = mapped_column(server_default="0")
    llm_id: Mapped[str | None]
    agent_id: Mapped[str | None]
    agent_version: Mapped[int | None] = mapped_column(Integer)
    content_hash: Mapped[str | None]
    mode: Mapped[str] = mapped_column(server_default="live")
    llm_hash: Mapped[str | None]
    test_batch_id: Mapped[str | None]
    tested_hash: Mapped[str | None]
    phone_number: Mapped[str | None]
    calcom_webhook_id: Mapped[str | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    updated_at: Mapped[Stamp]


class ProvisioningStep(_OfBranch, Base):
    """The story of each step: its last state, attempts, error and duration in seconds.

    ``state``: running, done, retrying, waiting (for a key), blocked, testing, failed. ``content_hash``: of
    what it was done for; done for anything else is not done.
    """

    __tablename__ = "provisioning_steps"
    __table_args__ = (_branch_key(),)

    step: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    error: Mapped[str | None]
    duration_seconds: Mapped[float | None]
    content_hash: Mapped[str | None]
    updated_at: Mapped[Stamp]
