"""Subscriptions, credentials, dead letters and circuits."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.events.base import OwnEvent
from shared.contracts.orphans import Kind


class CompanySubscriptionChanged(OwnEvent):
    """What a company pays for changed. ``suspend_at``: when its agents will go off unless it pays."""

    type: ClassVar[str] = "company.subscription_changed"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "subscription_id", "version")

    company_id: str
    subscription_id: str
    version: int
    status: str
    previous_status: str | None = None
    suspend_at: AwareDatetime | None = None


class _OfCompany(OwnEvent):
    company_id: str

    def subject(self) -> str:
        """The company."""
        return self.company_id


class CompanySuspensionDue(_OfCompany):
    """The grace of an unpaid company is over: look once more at what it pays for."""

    type: ClassVar[str] = "company.suspension_due"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "suspend_at")

    suspend_at: AwareDatetime


class CompanySuspended(_OfCompany):
    """An unpaid company's agents say that the service is off; their numbers stay bound."""

    type: ClassVar[str] = "company.suspended"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "suspended_at")

    suspended_at: AwareDatetime


class CompanyResumed(_OfCompany):
    """It has paid: its agents answer as before."""

    type: ClassVar[str] = "company.resumed"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "resumed_at")

    resumed_at: AwareDatetime


class CatalogueChanged(_OfCompany):
    """What can be booked at Cal.com is not what it was: event types, their lengths, hosts or forms."""

    type: ClassVar[str] = "catalogue.changed"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "changed_at")

    changed_at: AwareDatetime


class WebhookRotationRequested(_OfCompany):
    """A company's next webhook secret is accepted: Cal.com can be told to sign with it."""

    type: ClassVar[str] = "webhook.rotation_requested"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "requested_at")

    requested_at: AwareDatetime


class OrphanRemovalRequested(_OfCompany):
    """A person wants something gone that is at a provider and belongs to no branch."""

    type: ClassVar[str] = "orphan.removal_requested"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "kind", "external_id", "requested_at")

    kind: Kind
    external_id: str
    requested_by: str
    requested_at: AwareDatetime


class CredentialRejected(OwnEvent):
    """A provider refused a company's key (401, 402, 403). ``provider``: calcom or retell."""

    type: ClassVar[str] = "credential.rejected"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "provider", "opened_at")

    company_id: str
    provider: str
    status: int
    opened_at: AwareDatetime


class DeadLetterRecorded(OwnEvent):
    """A delivery was given up; its story is in the console. ``attempt`` counts those before a replay too.

    ``new_group``: the first of its group: something fails that did not before.
    """

    type: ClassVar[str] = "dead_letter.recorded"
    identity: ClassVar[tuple[str, ...]] = ("queue", "dead_event_id", "attempt")

    queue: str
    dead_event_id: str
    attempt: int
    dead_event_type: str
    reason: str
    error: str
    company_id: str | None = None
    group_id: str | None = None
    new_group: bool = False


class CircuitOpened(OwnEvent):
    """A circuit opened: calls through it are held or parked."""

    type: ClassVar[str] = "circuit.opened"
    identity: ClassVar[tuple[str, ...]] = ("circuit", "version")

    circuit: str
    version: int
    reason: str
    company_id: str | None = None


class CircuitClosed(OwnEvent):
    """A circuit closed again."""

    type: ClassVar[str] = "circuit.closed"
    identity: ClassVar[tuple[str, ...]] = ("circuit", "version")

    circuit: str
    version: int
    company_id: str | None = None
