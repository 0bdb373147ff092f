"""Calls, customers, appointments, callbacks, consents, and what a running call remembers."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Stamp, Version, company_key, found_by_text


class Customer(Base):
    """Who calls or books. Phone and e-mail are nullable and not unique: families share phones.

    ``booking_email`` is the address Cal.com gets: the real one, else one of this customer alone.
    ``contact_email`` that differs from it was named on the phone, for the last appointment alone.
    """

    __tablename__ = "customers"
    __table_args__ = (
        company_key(),
        Index(None, "company_id", "phone"),
        Index(None, "company_id", "booking_email"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    company_id: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    contact_email: Mapped[str | None]
    booking_email: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="de")
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Appointment(Base):
    """A booking's merged state. ``last_event_at`` is the newest ``createdAt`` of its webhooks."""

    __tablename__ = "appointments"
    __table_args__ = (
        company_key(),
        UniqueConstraint("company_id", "calcom_uid"),
        Index(None, "start_at", "id"),
        Index(None, "company_id", "start_at", "id"),
        Index(None, "company_id", "branch_id", "start_at", "id"),
        found_by_text("appointments", "title", "attendee_name", "attendee_phone"),
        Index(None, "company_id", "call_id"),
        Index(None, "company_id", "customer_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    company_id: Mapped[str]
    branch_id: Mapped[str | None]
    calcom_uid: Mapped[str]
    calcom_booking_id: Mapped[int | None] = mapped_column(BigInteger)
    event_type_id: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str]
    title: Mapped[str] = mapped_column(server_default="")
    service_key: Mapped[str | None]
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    timezone: Mapped[str | None]
    location: Mapped[str | None]
    host_name: Mapped[str | None]
    host_email: Mapped[str | None]
    attendee_name: Mapped[str | None]
    attendee_email: Mapped[str | None]
    attendee_phone: Mapped[str | None]
    customer_id: Mapped[uuid.UUID | None]
    call_id: Mapped[str | None]
    token: Mapped[str | None]
    no_show: Mapped[bool] = mapped_column(server_default=text("false"))
    cancellation_reason: Mapped[str | None]
    rescheduled_to: Mapped[str | None]
    rescheduled_from: Mapped[str | None]
    seats: Mapped[int | None] = mapped_column(Integer)
    provenance: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    last_event_at: Mapped[datetime | None]
    last_webhook_at: Mapped[datetime | None]
    version: Mapped[Version] = mapped_column(server_default="1")
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Call(Base):
    """A phone call's merged state: started < ended < analyzed. ``provenance``: which stage said what.

    ``transcript_state``: kept, not_stored (Retell has none), dropped (the caller refused); None: unknown yet.
    """

    __tablename__ = "calls"
    __table_args__ = (
        company_key(),
        Index(None, "started_at", "company_id", "call_id"),
        Index(None, "company_id", "started_at", "call_id"),
        found_by_text("calls", "from_number", "summary"),
    )

    company_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[str | None]
    agent_id: Mapped[str | None]
    status: Mapped[str]
    direction: Mapped[str | None]
    from_number: Mapped[str | None]
    to_number: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    disconnection_reason: Mapped[str | None]
    transcript: Mapped[str | None]
    transcript_state: Mapped[str | None]
    recording_url: Mapped[str | None]
    summary: Mapped[str | None]
    outcome: Mapped[str | None]
    analysis: Mapped[dict[str, Any] | None]
    transfers: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    provenance: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    version: Mapped[Version] = mapped_column(server_default="1")
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Callback(Base):
    """Somebody waits to be called back.

    ``kind``: callback, wish (one that was abandoned), promise (one that was broken). ``state``: open, closed;
    ``outcome``: done, not_reached, discarded.
    """

    __tablename__ = "callbacks"
    __table_args__ = (
        company_key(),
        Index(None, "company_id", "state", "created_at"),
        Index("ix_callbacks_open", "urgency", "created_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str]
    branch_id: Mapped[str | None]
    call_id: Mapped[str | None]
    reason: Mapped[str]
    urgency: Mapped[str] = mapped_column(server_default="normal")
    phone: Mapped[str | None]
    customer_name: Mapped[str | None]
    preferred_time: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="callback")
    state: Mapped[str] = mapped_column(server_default="open")
    outcome: Mapped[str | None]
    closed_note: Mapped[str | None]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]


class Consent(Base):
    """What a caller allowed, and when."""

    __tablename__ = "consents"
    __table_args__ = (company_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    allowed: Mapped[bool]
    at: Mapped[Stamp]


class SlotOffer(Base):
    """A slot named by a short code, kept for the call: what was checked is what is booked."""

    __tablename__ = "slot_offers"
    __table_args__ = (company_key(), Index(None, "expires_at"))

    company_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[str]
    service_key: Mapped[str]
    staff_key: Mapped[str | None]
    event_type_id: Mapped[int] = mapped_column(BigInteger)
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    offered_turn: Mapped[int] = mapped_column(Integer, server_default="0")
    expires_at: Mapped[datetime]
    created_at: Mapped[Stamp]


class AppointmentCode(Base):
    """An appointment named by a short code, kept for the call, given only after a second fact.

    ``asked_turn``: what the caller had said when it was last read out or asked about, -1 where nobody knows.
    """

    __tablename__ = "appointment_codes"
    __table_args__ = (company_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    calcom_uid: Mapped[str]
    asked_turn: Mapped[int] = mapped_column(server_default="-1")
    expires_at: Mapped[datetime]
    created_at: Mapped[Stamp]


class Booking(Base):
    """One attempt to book, reschedule or cancel by phone; its token is the idempotency key.

    ``state``: started, booked, pending, refused, requested. ``result`` is what the agent was told.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        company_key(),
        Index(None, "company_id", "call_id"),
        Index(None, "company_id", "created_at"),
        Index(
            "ix_bookings_unfinished", "updated_at", postgresql_where=text("state in ('started', 'requested')")
        ),
    )

    company_id: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str]
    branch_id: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    event_type_id: Mapped[int] = mapped_column(BigInteger)
    start_at: Mapped[datetime]
    calcom_uid: Mapped[str | None]
    request: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class SlotHold(Base):
    """Our own callers do not get each other's slot while one of them is being entered, or waits to be.

    ``end_at`` None: the length is not known.
    """

    __tablename__ = "slot_holds"
    __table_args__ = (company_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    event_type_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start_at: Mapped[datetime] = mapped_column(primary_key=True)
    end_at: Mapped[datetime | None]
    call_id: Mapped[str]
    expires_at: Mapped[datetime]


class RepairPosition(Base):
    """Up to which change a provider was read, and when it is read again."""

    __tablename__ = "repair_positions"
    __table_args__ = (company_key(),)

    company_id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[Stamp]
    next_at: Mapped[Stamp]


class Notification(Base):
    """One message to one recipient on one channel; ``message_id`` makes it once.

    ``state``: sending, sent, failed, skipped, nobody; ``reason`` says why it was not sent. Messages of one
    ``topic`` are told once in a while, not each.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index(None, "company_id", "created_at"),
        Index(None, "event_id"),
        Index("ix_notifications_topic", "topic", "created_at", postgresql_where=text("topic is not null")),
    )

    message_id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str | None]
    event_id: Mapped[str]
    channel: Mapped[str]
    recipient: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    topic: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]
