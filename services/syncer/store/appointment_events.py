"""An appointment's outcome as the event that tells it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.outcomes import Kind, Outcome
from services.syncer.store.customers import Customers
from services.syncer.store.places import zone_and_service
from shared.contracts import events
from shared.db.tables import Appointment, Booking, Customer

AppointmentEvent = (
    events.AppointmentBooked
    | events.AppointmentRescheduled
    | events.AppointmentCancelled
    | events.AppointmentNoShow
)
_MODELS: Final[dict[Kind, type[AppointmentEvent]]] = {
    "booked": events.AppointmentBooked,
    "rescheduled": events.AppointmentRescheduled,
    "cancelled": events.AppointmentCancelled,
    "no_show": events.AppointmentNoShow,
}


async def event_of(
    session: AsyncSession,
    row: Appointment,
    outcome: Outcome,
    customers: Customers,
    customer: Customer | None,
    language: str | None,
) -> AppointmentEvent:
    """The event, with the row as it is now; times are told in the branch's time zone.

    ``language``: in which this was booked; families share a customer.
    """
    zone, service_name = await zone_and_service(session, row.company_id, row.branch_id, row.service_key)
    fields: dict[str, Any] = {
        "company_id": row.company_id,
        "appointment_id": str(row.id),
        "version": outcome.version,
        "calcom_uid": row.calcom_uid,
        "branch_id": row.branch_id,
        "call_id": row.call_id,
        "title": row.title,
        "service_name": service_name,
        "host_name": row.host_name,
        "start": row.start_at,
        "end": row.end_at or row.start_at,
        "timezone": zone or row.timezone or "UTC",
        "customer": _customer(row, customers, customer, language),
        "previous_start": outcome.previous_start,
        "wished_start": await _wished(session, row),
        "reason": row.cancellation_reason,
    }
    return _MODELS[outcome.kind].model_validate(fields)


async def _wished(session: AsyncSession, row: Appointment) -> datetime | None:
    """Where the caller took the nearest time: the one that could not be had."""
    attempt = await session.get(Booking, (row.company_id, row.token)) if row.token else None
    if attempt is None or attempt.start_at == row.start_at:
        return None
    return attempt.start_at


def _customer(
    row: Appointment, customers: Customers, known: Customer | None, language: str | None
) -> events.Customer:
    phone = row.attendee_phone or (known.phone if known else None)
    email = customers.real(row.attendee_email) or (known.contact_email if known else None)
    name = row.attendee_name or (known.name if known else "")
    return events.Customer(
        name=name, phone=phone, email=email, language=language or (known.language if known else None)
    )
