"""Who works at the console, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Stamp


class Operator(Base):
    """A person. ``role``: viewer, operator, admin; the password is an argon2 hash.

    ``may_reveal``: sees what is redacted, each time with an entry in the audit.
    """

    __tablename__ = "operators"

    name: Mapped[str] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(server_default="operator")
    may_reveal: Mapped[bool] = mapped_column(server_default=text("false"))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[Stamp]


class OperatorSession(Base):
    """A login; only the SHA-256 of its cookie is kept."""

    __tablename__ = "operator_sessions"
    __table_args__ = (
        ForeignKeyConstraint(["operator"], ["operators.name"], ondelete="CASCADE"),
        Index(None, "expires_at"),
    )

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    operator: Mapped[str]
    created_at: Mapped[Stamp]
    last_seen_at: Mapped[Stamp]
    expires_at: Mapped[datetime]


class AuditEntry(Base):
    """Who did what, when, to what."""

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "target"),
        Index(None, "operator", "id"),
        Index(None, "action", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[Stamp]
    operator: Mapped[str]
    action: Mapped[str]
    target: Mapped[str]
    reason: Mapped[str | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
