"""What the JSON API answers."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=1000)]


class Items(BaseModel, Generic[T]):
    """A list; each item has an ``id``."""

    items: list[T]


class WebhookOut(BaseModel):
    """The one at Cal.com. ``drifts``: how often it was found changed there and put right, last in what."""

    state: str
    webhook_id: str | None
    subscriber_url: str
    checked_at: datetime | None
    drifts: int
    last_drift: str | None
    error: str | None


class CompanyOut(BaseModel):
    """A company; ``keys`` says which secrets are there.

    ``status``: active, suspended, closed. ``suspend_at``: unpaid, its agents go off then unless it pays.
    ``secret_on_its_way``: a new webhook secret is accepted, and Cal.com does not sign with it yet.
    ``warnings``: what could not be checked of what was just entered.
    """

    id: str
    name: str
    language: str
    status: str
    suspend_at: datetime | None
    suspended_at: datetime | None
    notification_email: str | None
    customer_messages: str
    kind: str
    dpa_signed_on: date | None
    secrecy_signed_on: date | None
    retention_days: int
    recording: str
    calcom_region: str
    stripe_customer_id: str | None
    branches: int
    keys: dict[str, bool]
    webhook: WebhookOut | None
    secret_on_its_way: bool
    warnings: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime


class BranchOut(BaseModel):
    """A branch, and how far it has come. ``version`` is what the newest event carries."""

    id: str
    company_id: str
    name: str
    version: int
    language: str
    timezone: str
    status: str
    deleted_at: datetime | None
    updated_at: datetime
    phone_number: str | None
    agent_id: str | None
    reached_version: int | None
    branch: dict[str, Any] | None = None
    steps: list["StepOut"] | None = None


class StepOut(BaseModel):
    """One step of provisioning; ``duration_seconds`` of its last attempt."""

    step: str
    state: str
    attempt: int
    error: str | None
    duration_seconds: float | None
    updated_at: datetime


class TrunkOut(BaseModel):
    """A SIP trunk; ``id`` is its termination URI."""

    id: str
    username: str | None
    has_password: bool
    transport: str | None


class Accepted(BaseModel):
    """It is on its way: the event went out with it."""

    id: str
    company_id: str
    version: int


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


class TrailLine(EventOut):
    """An event of a trail, with the story of each delivery and who was told."""

    deliveries: list[DeliveryStory]  # type: ignore[assignment]  # each is a DeliveryOut
    notices: list[NoticeOut]


class EventStory(TrailLine):
    """``envelope`` as it travelled (redacted), ``raw`` where it does not parse.

    ``trail``: what it came from, what it led to and its case, oldest first; ``causation_id`` makes it a tree.
    """

    envelope: Any
    raw: str | None
    trail: list[TrailLine]


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


class CircuitOut(BaseModel):
    """A circuit; ``id`` is its name. ``forced``: a person's word, until ``forced_until``."""

    id: str
    kind: str
    state: str
    reason: str | None
    company_id: str | None
    opened_at: datetime | None
    rest_left: float | None
    forced: str | None
    forced_by: str | None
    forced_reason: str | None
    forced_until: datetime | None


class Signed(BaseModel):
    """Headers to send with the bytes; ``url`` is where ingest takes them, where the console knows it."""

    headers: dict[str, str]
    path: str
    url: str | None
