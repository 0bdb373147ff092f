"""What stands at the providers: webhooks, what nobody knows there, event types, trunks, results of checks."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Stamp, company_key


class WebhookRegistration(Base):
    """A company's one webhook at a provider. ``drifts``: how often it was found changed there, and mended.

    ``state``: new, kept, unread. ``content_hash``: of what it was like at ``checked_at``.
    """

    __tablename__ = "webhook_registrations"
    __table_args__ = (company_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str | None]
    subscriber_url: Mapped[str]
    content_hash: Mapped[str | None]
    state: Mapped[str]
    checked_at: Mapped[datetime | None]
    next_at: Mapped[Stamp]
    drifts: Mapped[int] = mapped_column(Integer, server_default="0")
    last_drift: Mapped[str | None]
    error: Mapped[str | None]


class ProviderOrphan(Base):
    """Ours by its name, and of no branch: listed by a sweep, removed only when a person says so."""

    __tablename__ = "provider_orphans"
    __table_args__ = (company_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    reason: Mapped[str]
    first_seen_at: Mapped[Stamp]
    last_seen_at: Mapped[Stamp]
    removal_requested_by: Mapped[str | None]
    removed_at: Mapped[datetime | None]


class CalcomEventType(Base):
    """An event type as Cal.com has it, and whether a caller can book it; nothing here is the operator's.

    ``bookable``: yes, placeholder, no; the reason in both languages. ``gone_at``: Cal.com lists it no more.
    """

    __tablename__ = "calcom_event_types"
    __table_args__ = (company_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str]
    slug: Mapped[str]
    length_minutes: Mapped[int] = mapped_column(Integer)
    length_options: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    scheduling_type: Mapped[str | None]
    team_id: Mapped[int | None] = mapped_column(BigInteger)
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    hidden: Mapped[bool] = mapped_column(server_default=text("false"))
    hosts: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    booking_fields: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    bookable: Mapped[str]
    reason_de: Mapped[str | None]
    reason_en: Mapped[str | None]
    warnings: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    gone_at: Mapped[datetime | None]
    synced_at: Mapped[Stamp]


class SipTrunk(Base):
    """How Retell reaches a company's own trunk; branches name it by ``termination_uri``.

    Not in the branch: that travels in events and stands in their log.
    """

    __tablename__ = "sip_trunks"
    __table_args__ = (company_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    termination_uri: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str | None]
    password_encrypted: Mapped[bytes | None]
    transport: Mapped[str | None]


class BranchCheck(Base):
    """One finding of one check of a branch, in the order of ``place``, German and English.

    ``ok`` None: not found out; ``advice``: what a person can do. The one called ``verdict`` is the last, and
    says of all.
    """

    __tablename__ = "branch_checks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "branch_id"], ["branches.company_id", "branches.id"], ondelete="CASCADE"
        ),
    )

    company_id: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    ok: Mapped[bool | None]
    found_de: Mapped[str]
    found_en: Mapped[str]
    advice_de: Mapped[str | None]
    advice_en: Mapped[str | None]
    checked_at: Mapped[Stamp]
