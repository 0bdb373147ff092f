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
    BranchUpdated,
)
from shared.contracts.events.calls import CallbackRequested, CallObserved, CallRecorded, PromiseBroken
from shared.contracts.events.operations import (
    CircuitClosed,
    CircuitOpened,
    CompanySubscriptionChanged,
    CredentialRejected,
    DeadLetterRecorded,
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
    "BranchUpdated",
    "CallObserved",
    "CallRecorded",
    "CallbackRequested",
    "CircuitClosed",
    "CircuitOpened",
    "CompanySubscriptionChanged",
    "CredentialRejected",
    "Customer",
    "DeadLetterRecorded",
    "OwnEvent",
    "PromiseBroken",
]

OWN_EVENTS: dict[str, type[OwnEvent]] = {
    model.type: model
    for model in (
        BranchCreated,
        BranchUpdated,
        BranchDeleted,
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
        CallObserved,
        CompanySubscriptionChanged,
        CredentialRejected,
        DeadLetterRecorded,
        CircuitOpened,
        CircuitClosed,
    )
}

#: Their failures make dead letters but no further event: it would feed itself.
SELF_REPORTING = ("dead_letter.", "circuit.")
