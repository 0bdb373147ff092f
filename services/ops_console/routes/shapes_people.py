"""What the JSON API answers about operators."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class OperatorOut(BaseModel):
    """``id`` is the name. ``sessions``: open ones; ``removed_at``: since then nobody comes in under it."""

    id: str
    role: str
    may_reveal: bool
    created_at: datetime
    removed_at: datetime | None
    sessions: int
    last_seen_at: datetime | None


class OperatorChange(BaseModel):
    """What is left out stays as it is."""

    role: Literal["viewer", "operator", "admin"] | None = None
    may_reveal: bool | None = None


class SessionOut(BaseModel):
    """A login of somebody; ``id`` is the beginning of its cookie's hash, and opens nothing."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class Ended(BaseModel):
    """How many sessions were ended."""

    id: str
    ended: int
