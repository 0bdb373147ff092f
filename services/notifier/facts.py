"""What a message needs to know about whom it is for, as plain values."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Audience: TypeAlias = Literal["company", "customer", "operators"]
Channel: TypeAlias = Literal["mail", "chat", "sms"]
Language: TypeAlias = Literal["de", "en"]

DEFAULT_ZONE: Final = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant. ``customer_messages``: ours, calcom or both; ``notify_urls`` as its setting says, opened."""

    id: str
    name: str
    language: str = "de-DE"
    notification_email: str | None = None
    customer_messages: str = "calcom"
    notify_urls: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """Where an appointment takes place. ``address`` is one line, ``timezone`` an IANA name."""

    name: str
    timezone: str = DEFAULT_ZONE
    notification_email: str | None = None
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """Company and branch of an event; None where we know none."""

    company: Company | None = None
    branch: Branch | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address on one channel. ``label`` names it where ``address`` holds a secret."""

    audience: Audience
    address: str
    language: Language
    locale: str
    label: str = ""

    @property
    def shown(self) -> str:
        """What may be written into a table that people read."""
        return self.label or self.address


@dataclass(frozen=True, slots=True)
class Missing:
    """An audience that is not told on this channel, and why."""

    audience: Audience
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is told and who is not."""

    recipients: tuple[Recipient, ...] = ()
    missing: tuple[Missing, ...] = ()
