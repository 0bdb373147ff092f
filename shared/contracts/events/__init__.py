"""Our own events: noun.past-tense, one model each; a repeat is the same event by its deterministic id."""

from shared.contracts.events.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentNoShow,
    AppointmentRescheduled,
    BookingHinted,
    BookingObserved,
    BookingRequested,
    BookingRequestFailed,
    Customer,
)
from shared.contracts.events.base import OwnEvent
from shared.contracts.events.branches import (
    BranchCreated,
    BranchDeleted,
    BranchDeprovisioned,
    BranchProvisioned,
    BranchProvisioningFailed,
    BranchRefreshRequested,
    BranchUpdated,
)
from shared.contracts.events.calls import (
    CallbackRequested,
    CallObserved,
    CallRecorded,
    PromiseBroken,
    RecordingRefused,
)
from shared.contracts.events.operations import (
    CatalogueChanged,
    CircuitClosed,
    CircuitOpened,
    CompanyResumed,
    CompanySubscriptionChanged,
    CompanySuspended,
    CompanySuspensionDue,
    CredentialRejected,
    DeadLetterRecorded,
    WebhookRotationRequested,
)

__all__ = [
    "OWN_EVENTS",
    "SELF_REPORTING",
    "AppointmentBooked",
    "AppointmentCancelled",
    "AppointmentNoShow",
    "AppointmentRescheduled",
    "BookingHinted",
    "BookingObserved",
    "BookingRequestFailed",
    "BookingRequested",
    "BranchCreated",
    "BranchDeleted",
    "BranchDeprovisioned",
    "BranchProvisioned",
    "BranchProvisioningFailed",
    "BranchRefreshRequested",
    "BranchUpdated",
    "CallObserved",
    "CallRecorded",
    "CallbackRequested",
    "CatalogueChanged",
    "CircuitClosed",
    "CircuitOpened",
    "CompanyResumed",
    "CompanySubscriptionChanged",
    "CompanySuspended",
    "CompanySuspensionDue",
    "CredentialRejected",
    "Customer",
    "DeadLetterRecorded",
    "OwnEvent",
    "PromiseBroken",
    "RecordingRefused",
    "WebhookRotationRequested",
]

OWN_EVENTS: dict[str, type[OwnEvent]] = {
    model.type: model
    for model in (
        BranchCreated,
        BranchUpdated,
        BranchDeleted,
        BranchRefreshRequested,
        BranchProvisioned,
        BranchProvisioningFailed,
        BranchDeprovisioned,
        BookingRequested,
        BookingRequestFailed,
        AppointmentBooked,
        AppointmentRescheduled,
        AppointmentCancelled,
        AppointmentNoShow,
        BookingHinted,
        BookingObserved,
        CallRecorded,
        CallbackRequested,
        PromiseBroken,
        RecordingRefused,
        CallObserved,
        CompanySubscriptionChanged,
        CompanySuspensionDue,
        CompanySuspended,
        CompanyResumed,
        CatalogueChanged,
        WebhookRotationRequested,
        CredentialRejected,
        DeadLetterRecorded,
        CircuitOpened,
        CircuitClosed,
    )
}

#: Their failures make dead letters but no further event: it would feed itself.
SELF_REPORTING = ("dead_letter.", "circuit.")
