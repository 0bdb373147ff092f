"""Wishes, bookings and what became of them."""

from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contracts.events.base import OwnEvent


class Customer(BaseModel):
    """Who an appointment is for. Phone in E.164; ``language`` such as de or pt-BR. Each may be unknown."""

    model_config = ConfigDict(frozen=True)

    name: str
    phone: str | None = None
    email: str | None = None
    language: str | None = None


class BookingRequested(OwnEvent):
    """A caller's wish that could not be booked during the call.

    ``token`` is the booking's idempotency key; ``accept_nearest``: the caller takes the nearest alternative.
    ``length_minutes``: what to ask Cal.com for, where its event type has several lengths.
    """

    type: ClassVar[str] = "booking.requested"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "token")

    company_id: str
    token: str
    branch_id: str
    call_id: str
    service_key: str
    staff_key: str | None = None
    event_type_id: int
    start: AwareDatetime
    duration_minutes: int
    length_minutes: int | None = None
    timezone: str
    customer: Customer
    booking_email: str
    note: str | None = None
    accept_nearest: bool = False
    due: AwareDatetime | None = None


class BookingRequestFailed(OwnEvent):
    """A wish could not be booked at all; the company has to call back."""

    type: ClassVar[str] = "booking.request_failed"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "token")

    company_id: str
    token: str
    branch_id: str
    call_id: str
    service_key: str
    start: AwareDatetime
    timezone: str
    customer: Customer
    reason: str


class _Appointment(OwnEvent):
    """An appointment's merged state after a change. ``version`` counts its changes."""

    identity: ClassVar[tuple[str, ...]] = ("company_id", "appointment_id", "version")

    company_id: str
    appointment_id: str
    version: int
    calcom_uid: str
    branch_id: str | None = None
    call_id: str | None = None
    title: str = ""
    service_name: str | None = None
    host_name: str | None = None
    start: AwareDatetime
    end: AwareDatetime
    timezone: str
    customer: Customer


class AppointmentBooked(_Appointment):
    """It is in the calendar. ``wished_start``: the time that was wished for by phone, where it is another."""

    type: ClassVar[str] = "appointment.booked"

    wished_start: AwareDatetime | None = None


class AppointmentRescheduled(_Appointment):
    """It moved; ``previous_start`` is where it was."""

    type: ClassVar[str] = "appointment.rescheduled"

    previous_start: AwareDatetime | None = None


class AppointmentCancelled(_Appointment):
    """It will not take place: cancelled by either side, or rejected by the host."""

    type: ClassVar[str] = "appointment.cancelled"

    reason: str | None = None


class AppointmentNoShow(_Appointment):
    """The customer did not come."""

    type: ClassVar[str] = "appointment.no_show"


class BookingHinted(OwnEvent):
    """A webhook hinted at a change that only a look at Cal.com can tell. ``hinted_at``: its ``createdAt``."""

    type: ClassVar[str] = "booking.hinted"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "uid", "hinted_at")

    company_id: str
    uid: str
    hinted_at: AwareDatetime


class BookingObserved(OwnEvent):
    """Repair fetched a booking; ``booking`` is Cal.com's object.

    ``observed_at``: when it was fetched; without it the booking is never moved down. ``differs``: a digest of
    what it will change, so that a detail does not use up the id that a change of the status will need.
    """

    type: ClassVar[str] = "booking.observed"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "uid", "updated_at", "differs")

    company_id: str
    uid: str
    updated_at: AwareDatetime
    observed_at: AwareDatetime | None = None
    differs: str = ""
    booking: dict[str, Any]
