"""What the JSON API answers about events, their deliveries and their trail."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from services.ops_console.routes.shapes import Items


class DeliveryOut(BaseModel):
    """What became of an event in a queue. ``attempt``: failed ones and, when done, the one that succeeded."""

    id: int
    queue: str
    state: str
    attempt: int
    due_at: datetime | None
    waits_for: str | None
    first_seen_at: datetime
    updated_at: datetime


class DeliveryStory(DeliveryOut):
    """With each failed attempt (``history``) and why it was given up; ``error``: class, message, place."""

    reason: str | None
    error: dict[str, Any] | None
    settled_by: str | None
    settled_reason: str | None
    history: list[Any]


class NoticeOut(BaseModel):
    """A message to one recipient: ``state`` sent, or ``reason`` says why not."""

    channel: str
    recipient: str
    state: str
    reason: str | None
    sent_at: datetime | None
    created_at: datetime


class EventOut(BaseModel):
    """An event of the log; ``handled`` False: no service has a queue for its type."""

    id: str
    type: str
    source: str
    subject: str | None
    company_id: str | None
    time: datetime
    logged_at: datetime
    seq: int
    correlation_id: str | None
    causation_id: str | None
    traceparent: str | None
    handled: bool
    deliveries: list[DeliveryOut]


class EventPage(Items[EventOut]):
    """``next``: what ``before`` is for the next page; None: that was all.

    A search looks at some thousand events at a time: it may find nothing yet, and have more to look at.
    """

    next: int | None


class TrailLine(EventOut):
    """An event of a trail, with the story of each delivery and who was told."""

    deliveries: list[DeliveryStory]  # type: ignore[assignment]  # each is a DeliveryOut
    notices: list[NoticeOut]


class EventStory(TrailLine):
    """``envelope`` as it travelled (redacted), ``raw`` where it does not parse.

    ``call_id``, ``appointment_id``: what of ours it is about.
    ``trail``: what it came from, what it led to and its case, oldest first; ``causation_id`` makes it a tree.
    """

    envelope: Any
    raw: str | None
    call_id: str | None
    appointment_id: str | None
    trail: list[TrailLine]
