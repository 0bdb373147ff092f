"""What companies pay for."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Stamp, Version


class Subscription(Base):
    """A Stripe subscription. ``event_created``: Stripe's ``created`` of the newest event merged."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index(None, "company_id"), Index(None, "stripe_customer_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str | None]
    stripe_customer_id: Mapped[str]
    status: Mapped[str]
    current_period_end: Mapped[datetime | None]
    cancel_at_period_end: Mapped[bool | None]
    livemode: Mapped[bool | None]
    event_created: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]]
    version: Mapped[Version] = mapped_column(server_default="1")
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]


class Invoice(Base):
    """A Stripe invoice and whether it is paid."""

    __tablename__ = "invoices"
    __table_args__ = (Index(None, "company_id"), Index(None, "subscription_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str | None]
    stripe_customer_id: Mapped[str | None]
    subscription_id: Mapped[str | None]
    status: Mapped[str | None]
    amount_due: Mapped[int | None] = mapped_column(BigInteger)
    amount_paid: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    last_event: Mapped[str]
    event_created: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Stamp]
    updated_at: Mapped[Stamp]
