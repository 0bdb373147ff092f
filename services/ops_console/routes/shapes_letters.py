"""What the JSON API answers about dead letters and what people did to them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class DeadLetterOut(BaseModel):
    """A dead letter. ``error``: class, message, place."""

    id: int
    queue: str
    event_id: str
    event_type: str | None
    company_id: str | None
    correlation_id: str | None
    state: str
    attempt: int
    reason: str | None
    error: dict[str, Any]
    fingerprint: str | None
    first_seen_at: datetime
    updated_at: datetime
    settled_by: str | None
    settled_reason: str | None


class Deed(BaseModel):
    """What a person did."""

    at: datetime
    operator: str
    action: str
    target: str
    reason: str | None


class DeadLetterStory(DeadLetterOut):
    """``payload``: the parsed envelope (redacted); ``raw``: the bytes as text where they do not parse."""

    payload: Any
    raw: str | None
    properties: dict[str, Any]
    history: list[Any]
    deeds: list[Deed]


class Group(BaseModel):
    """Dead letters with the same error at the same place; ``id`` is the fingerprint."""

    id: str | None
    queue: str
    reason: str | None
    count: int
    first: datetime
    last: datetime
    example: int


class Changed(BaseModel):
    """What was changed: exactly these."""

    count: int
    ids: list[int]


class Edited(BaseModel):
    """The id of the event that replaces the dead letter."""

    id: int
    event_id: str
