"""What goes over the wire of the JSON API. Unknown fields are refused: a typo must not look right."""

import secrets
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.contracts.branch import Branch, Identifier, Name
from shared.contracts.ids import new_id
from shared.contracts.targets import parse_targets

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=1000)]
Secret = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=500)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Mail = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320)]


def _readable_targets(text: str) -> str:
    parse_targets(text)
    return text


Targets = Annotated[str, AfterValidator(_readable_targets)]


class Strict(BaseModel):
    """Base of what is sent to us."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Items(BaseModel, Generic[T]):
    """A list; each item has an ``id``."""

    items: list[T]


class CompanyFields(Strict):
    """What can be said about a company. Keys are sealed and never given back.

    ``customer_messages``: who tells customers about their appointments.
    """

    name: Name | None = None
    language: Locale | None = None
    retell_api_key: Secret | None = None
    calcom_api_key: Secret | None = None
    calcom_webhook_secret: Secret | None = None
    notify_urls: Targets | None = None
    notification_email: Mail | None = None
    customer_messages: Literal["ours", "calcom", "both"] | None = None
    stripe_customer_id: Annotated[str, StringConstraints(pattern=r"^cus_\w+$")] | None = None

    def given(self) -> dict[str, Any]:
        """Only what was said."""
        return self.model_dump(exclude_none=True, exclude={"id"})


class NewCompany(CompanyFields):
    """A company to be added; without ``id`` one is made up."""

    id: Identifier = Field(default_factory=lambda: new_id("company"))
    # Made up where none is given: Cal.com signs with it, and so can askpro from the first minute.
    calcom_webhook_secret: Secret = Field(default_factory=lambda: secrets.token_hex(24))

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if self.name is None:
            raise ValueError("name is missing")
        return self


class CompanyOut(BaseModel):
    """A company; ``keys`` says which secrets are there."""

    id: str
    name: str
    language: str
    status: str
    notification_email: str | None
    customer_messages: str
    stripe_customer_id: str | None
    branches: int
    keys: dict[str, bool]
    created_at: datetime
    updated_at: datetime


class NewBranch(Branch):
    """The whole branch; without ``branch_id`` one is made up. The version is counted here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    branch_id: Identifier = Field(default_factory=lambda: new_id("branch"))


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


class Accepted(BaseModel):
    """It is on its way: the event went out with it."""

    id: str
    company_id: str
    version: int


class DeliveryOut(BaseModel):
    """What became of an event in a queue."""

    id: int
    queue: str
    state: str
    attempt: int
    due_at: datetime | None
    waits_for: str | None
    updated_at: datetime


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


class EventStory(EventOut):
    """``envelope`` as it travelled (redacted), ``raw`` where it does not parse; ``trail``: its relatives."""

    envelope: Any
    raw: str | None
    trail: list[EventOut]


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


class Chosen(Strict):
    """Which dead letters. An empty choice is refused unless ``all``."""

    ids: tuple[int, ...] | None = Field(default=None, max_length=10_000)
    queue: str | None = None
    company_id: str | None = None
    type: str | None = None
    error: str | None = None
    group: str | None = None
    all: bool = False


class ReplayWish(Chosen):
    """``per_second``: the ramp of due times."""

    per_second: float = Field(default=50.0, gt=0, le=1000)
    reason: str | None = Field(default=None, max_length=500)


class DiscardWish(Chosen):
    """Give up for good; the reason is kept with your name."""

    reason: Reason


class EditWish(Strict):
    """Exactly one of ``data``, which replaces the event's data, and ``patch``, merged into it (RFC 7386).

    A patch leaves alone what is shown redacted. ``type``: only where the old message was no event.
    """

    data: Any = None
    patch: dict[str, Any] | None = None
    type: str | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len({"data", "patch"} & self.model_fields_set) != 1:
            raise ValueError("give either data or patch")
        return self


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


class CircuitWish(Strict):
    """``minutes``: how long a person's word holds."""

    reason: Reason
    minutes: float = Field(default=60.0, gt=0, le=7 * 24 * 60)


class Payload(Strict):
    """The bytes to sign, base64."""

    provider: Literal["calcom", "retell", "stripe", "events"]
    body: Annotated[str, StringConstraints(max_length=8 * 1024 * 1024)]


class Signed(BaseModel):
    """Headers to send with the bytes; ``url`` is where ingest takes them, where the console knows it."""

    headers: dict[str, str]
    path: str
    url: str | None
