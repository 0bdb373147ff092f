"""What the JSON API answers about companies, branches and their trunks."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel


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
    """A branch, and how far it has come. ``version`` is what the newest event carries.

    ``light``, in lists: green, red or yellow (not found out), by its last check; null: not checked lately.
    """

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
    light: str | None = None
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


class KeyOut(BaseModel):
    """Whether a provider takes a key; ``id``: the field that holds it. ``ok`` null: not found out."""

    id: str
    ok: bool | None
    found: dict[str, str]


class NumberOut(BaseModel):
    """A number that a branch answers; ``bound_agent_id``: who picks up at Retell."""

    id: str
    branch_id: str
    bound_agent_id: str | None


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


class Signed(BaseModel):
    """Headers to send with the bytes; ``url`` is where ingest takes them, where the console knows it."""

    headers: dict[str, str]
    path: str
    url: str | None
