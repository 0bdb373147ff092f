"""One event of every type that the notifier tells of."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentNoShow,
    AppointmentRescheduled,
    BookingRequestFailed,
    BranchProvisioned,
    BranchProvisioningFailed,
    CallbackRequested,
    CircuitClosed,
    CircuitOpened,
    CircuitStuck,
    CompanyResumed,
    CompanySubscriptionChanged,
    CompanySuspended,
    CredentialRejected,
    Customer,
    DeadLetterAged,
    DeadLetterRecorded,
    GroupAppeared,
    GroupGrew,
    OwnEvent,
    PromiseBroken,
)

START: Final = datetime(2126, 12, 3, 13, 30, tzinfo=UTC)
JOERG: Final = Customer(name="Jörg Müller", phone="+4915112345678", email="joerg@example.org")


def appointment(kind: type[OwnEvent] = AppointmentBooked, **changes: Any) -> OwnEvent:
    fields = {
        "company_id": "schoen",
        "appointment_id": "a-1",
        "version": 1,
        "calcom_uid": "uid-1",
        "branch_id": "mitte",
        "call_id": "call_1",
        "title": "Färben bei Özlem",
        "service_name": "Färben",
        "host_name": "Özlem",
        "start": START,
        "end": START + timedelta(minutes=45),
        "timezone": "Europe/Berlin",
        "customer": JOERG,
    }
    return kind(**(fields | changes))


def of_company(kind: type[OwnEvent], **fields: Any) -> OwnEvent:
    return kind(company_id="schoen", **fields)


def of_group(kind: type[OwnEvent], **fields: Any) -> OwnEvent:
    group = {
        "group_id": "52e88031f9967845",
        "queue": "syncer.bookings",
        "error_class": "KeyError",
        "place": "f",
    }
    return kind(**(group | fields))


EVENTS: Final[tuple[OwnEvent, ...]] = (
    appointment(AppointmentBooked),
    appointment(AppointmentBooked, wished_start=START - timedelta(days=1)),
    appointment(AppointmentRescheduled, previous_start=START - timedelta(days=1)),
    appointment(AppointmentCancelled, reason="Grippe"),
    appointment(AppointmentNoShow),
    of_company(
        CallbackRequested, callback_id="cb", reason="Rückfrage", urgency="urgent", phone="+4915112345678"
    ),
    of_company(
        BookingRequestFailed,
        token="t",
        branch_id="mitte",
        call_id="call_1",
        service_key="faerben",
        start=START,
        timezone="Europe/Berlin",
        customer=JOERG,
        reason="gerade vergeben",
    ),
    of_company(PromiseBroken, call_id="call_1", promise="Dienstag um drei"),
    of_company(
        BranchProvisioned,
        branch_id="mitte",
        version=1,
        branch_name="Mitte",
        llm_id="l",
        agent_id="a",
        agent_version=0,
    ),
    of_company(
        BranchProvisioningFailed, branch_id="mitte", version=1, branch_name="Mitte", step="agent", error="400"
    ),
    of_company(
        CompanySubscriptionChanged,
        subscription_id="sub",
        version=2,
        status="past_due",
        previous_status="active",
    ),
    of_company(CompanySuspended, suspended_at=START),
    of_company(CompanyResumed, resumed_at=START),
    of_company(CredentialRejected, provider="calcom", status=401, opened_at=START),
    DeadLetterRecorded(
        queue="syncer.bookings",
        dead_event_id="e",
        attempt=3,
        dead_event_type="calcom.booking_created",
        reason="rejected",
        error="KeyError: uid",
    ),
    CircuitOpened(circuit="calcom", version=2, reason="5 time-outs"),
    CircuitClosed(circuit="calcom", version=3),
    CircuitStuck(circuit="calcom:acme", opened_at=START, minutes=15, reason="401", company_id="acme"),
    of_group(GroupAppeared, seen_at=START),
    of_group(GroupGrew, hour=START, number=100),
    of_group(DeadLetterAged, letter_id=7, died_at=START, hours=24, open=3),
)
