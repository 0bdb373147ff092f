"""What is sent to the JSON API. Unknown fields are refused: a typo must not look right."""

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from shared.contracts.branch import Branch, Identifier, Name
from shared.contracts.calcom import Region
from shared.contracts.ids import new_id
from shared.contracts.targets import parse_targets

Secret = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=500)]
#: It goes into a header: what a word processor made of it is refused here, not by the provider.
ApiKey = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=8, max_length=500, pattern=r"^[!-~]+$")
]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Mail = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320)]


#: Of a company that says nothing: as the column's default.
DEFAULT_LOCALE: Final = "de-DE"
_PAPERS: Final = frozenset({"dpa_signed_on", "secrecy_signed_on"})


def _not_to_come(day: date) -> date:
    # The day may have begun where they sign, before it has in UTC.
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise ValueError("nothing was signed on a day to come")
    return day


Signed = Annotated[date, AfterValidator(_not_to_come)]


def _readable_targets(text: str) -> str:
    if parse_targets(text).mails:
        raise ValueError("mail= is for operators: a company is mailed at its notification_email")
    return text


Targets = Annotated[str, AfterValidator(_readable_targets)]


class Strict(BaseModel):
    """Base of what is sent to us."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CompanyFields(Strict):
    """What can be said about a company. Keys are sealed and never given back.

    ``customer_messages``: who tells customers about their appointments. ``kind`` medical: its callers speak
    of their health, and its agents answer once both papers are signed. ``retention_days``: how long Retell
    keeps a call. ``recording`` consent: its agents ask callers, and keep the calls of those who say yes.
    ``calcom_region``: where its account at Cal.com is. ``check`` false: no provider is asked whether a key is
    good, for keys that are made up.
    """

    name: Name | None = None
    language: Locale | None = None
    retell_api_key: ApiKey | None = None
    calcom_api_key: ApiKey | None = None
    calcom_region: Region | None = None
    calcom_webhook_secret: Secret | None = None
    notify_urls: Targets | None = None
    notification_email: Mail | None = None
    customer_messages: Literal["ours", "calcom", "both"] | None = None
    kind: Literal["general", "medical"] | None = None
    dpa_signed_on: Signed | None = None
    secrecy_signed_on: Signed | None = None
    retention_days: int | None = Field(default=None, ge=1, le=730)
    recording: Literal["off", "consent"] | None = None
    stripe_customer_id: Annotated[str, StringConstraints(pattern=r"^cus_\w+$")] | None = None
    check: bool = True

    def given(self) -> dict[str, Any]:
        """Only what was said; a paper that is null is not signed after all."""
        withdrawn = {name: None for name in _PAPERS & self.model_fields_set if getattr(self, name) is None}
        return self.model_dump(exclude_none=True, exclude={"id", "check"}) | withdrawn


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


class NewBranch(Branch):
    """The whole branch; without ``branch_id`` one is made up. The version is counted here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    branch_id: Identifier = Field(default_factory=lambda: new_id("branch"))


class CheckWish(Strict):
    """``conversations``: hold the simulated ones with the live version too; they cost what they talk."""

    conversations: bool = False


class MoveWish(Strict):
    """``to``: the branch that gets the number."""

    to: Identifier


class ImportWish(Strict):
    """``event_types``: these alone; without them all that Cal.com has."""

    event_types: tuple[int, ...] | None = Field(default=None, min_length=1, max_length=1000)


class TrunkWish(Strict):
    """How Retell logs in at a trunk. What is left out is not sent; ``transport`` is TCP then."""

    username: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    transport: Literal["TLS", "TCP", "UDP"] | None = None


class Chosen(Strict):
    """Which dead letters. An empty choice is refused unless ``all``.

    ``search``: a text in error or payload. ``since`` and ``until``: when they died; ``dead_reason``: why.
    """

    ids: tuple[int, ...] | None = Field(default=None, max_length=10_000)
    queue: str | None = None
    company_id: str | None = None
    type: str | None = None
    error: str | None = None
    group: str | None = None
    search: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    dead_reason: str | None = None
    all: bool = False


class ReplayWish(Chosen):
    """``per_second``: the ramp of due times."""

    per_second: float = Field(default=50.0, gt=0, le=1000)
    reason: str | None = Field(default=None, max_length=500)


class DiscardWish(Chosen):
    """Give up for good; the reason is kept with your name."""

    reason: Reason


class SendAgainWish(Strict):
    """Of one queue or of these events; without either all that may be lost."""

    queue: str | None = None
    ids: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=10_000)
    per_second: float = Field(default=50.0, gt=0, le=1000)
    reason: Reason


class CircuitWish(Strict):
    """``minutes``: how long a person's word holds."""

    reason: Reason
    minutes: float = Field(default=60.0, gt=0, le=7 * 24 * 60)


class Reasoned(Strict):
    """Why; kept with the name of who says it."""

    reason: Reason


class ClosingWish(Strict):
    """``minutes``: how long calls go through whatever comes; without them until calls fail again."""

    reason: Reason
    minutes: float | None = Field(default=None, gt=0, le=7 * 24 * 60)


class Payload(Strict):
    """The bytes to sign, base64."""

    provider: Literal["calcom", "retell", "stripe", "events"]
    body: Annotated[str, StringConstraints(max_length=8 * 1024 * 1024)]
