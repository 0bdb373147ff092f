"""Cal.com's words → changes: which booking, which status, which facts, how new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.syncer.merge.booking import CLEARABLE, Change
from services.syncer.merge.facts import IN_PASSING, stamp_of
from services.syncer.merge.status import Observation, Status
from shared.contracts.calcom import CalcomBooking, CalcomWebhook, booking_of
from shared.contracts.lenient import word_of

_CLAIMS: Final[dict[str, Status]] = {
    "calcom.booking_requested": "pending",
    "calcom.booking_created": "accepted",
    "calcom.booking_rescheduled": "accepted",
    "calcom.booking_rejected": "rejected",
    "calcom.booking_cancelled": "cancelled",
}
_API_STATUS: Final[dict[str, Status]] = {
    "accepted": "accepted",
    "pending": "pending",
    "awaiting_host": "pending",
    "cancelled": "cancelled",
    "rejected": "rejected",
}
#: Who moves a booking that needs its host's word asks for the new one; the old one is over by then.
_MOVING: Final = frozenset(
    {"calcom.booking_rescheduled", "calcom.booking_created", "calcom.booking_requested"}
)
_NO_SHOW: Final = "calcom.booking_no_show_updated"


@dataclass(frozen=True, slots=True)
class Reading:
    """``changes``: one per booking concerned. ``doubts``: bookings that only a look at Cal.com can tell."""

    changes: tuple[Change, ...]
    doubts: tuple[str, ...] = ()


def read_webhook(event_type: str, data: Any, received: datetime) -> Reading | None:
    """What a webhook says; None where it does not name its booking. ``received``: when it reached us."""
    booking = booking_of(data)
    if (uid := booking.key) is None:
        return None
    at = CalcomWebhook.read(data).created_at or received
    if event_type == _NO_SHOW:
        return Reading((_attendance(uid, booking, at, received),))
    status = _claim(event_type, booking)
    change = Change(
        uid=uid,
        facts=_facts(booking),
        facts_at=stamp_of(at),
        status=status,
        at=at if event_type in _CLAIMS else None,
        received=received if event_type in _CLAIMS else None,
        previous_start=booking.reschedule_start_time if _moved(booking) else None,
        language=booking.attendee.language,
    )
    if booking.seats_per_time_slot:
        return _seated(change, booking)
    changes = (change, *_replaced(event_type, booking, at, received))
    return Reading(changes, _doubts(booking, status))


def read_observation(data: Any, observed_at: datetime | None) -> Change | None:
    """What the API says of a booking; None where it has no uid or no time of change."""
    booking = booking_of(data)
    updated_at = booking.updated_at or booking.created_at
    if booking.uid is None or updated_at is None:
        return None
    status = _observed_status(booking)
    attendance = {person.email or "": person.no_show for person in booking.attendees}
    return Change(
        uid=booking.uid,
        facts=_facts(booking),
        facts_at=stamp_of(updated_at),
        attendance={email: absent for email, absent in attendance.items() if absent is not None},
        observation=Observation(status, updated_at, observed_at) if status else None,
        # An object without attendees is not the whole booking: what is missing in it may be there.
        clears=CLEARABLE if booking.attendees else frozenset(),
        language=booking.attendee.language,
    )


def _claim(event_type: str, booking: CalcomBooking) -> Status | None:
    claim = _CLAIMS.get(event_type)
    # A booking that waits for its host's word is pending, whichever trigger tells of it.
    return "pending" if claim == "accepted" and (booking.status or "").upper() == "PENDING" else claim


def _observed_status(booking: CalcomBooking) -> Status | None:
    if booking.rescheduled_to_uid:
        return "rescheduled"
    return _API_STATUS.get((booking.status or "").lower())


def _attendance(uid: str, booking: CalcomBooking, at: datetime, received: datetime) -> Change:
    absent = {person.email or "": person.no_show for person in booking.attendees}
    return Change(
        uid=uid,
        facts={"calcom_booking_id": booking.booking_id},
        facts_at=stamp_of(at),
        at=at,
        received=received,
        attendance={email: no_show for email, no_show in absent.items() if no_show is not None},
    )


def _seated(change: Change, booking: CalcomBooking) -> Reading:
    """With seats a booking has many attendees, and one who leaves looks like the end of it: look."""
    doubts = tuple({change.uid, booking.reschedule_uid or change.uid})
    if change.status not in {"cancelled", "rejected"}:
        return Reading((change,), doubts)
    about_one = ("attendee_name", "attendee_email", "attendee_phone", "cancellation_reason")
    facts = {name: value for name, value in change.facts.items() if name not in about_one}
    left = Change(change.uid, facts, change.facts_at, at=change.at, received=change.received)
    return Reading((left,), doubts)


def _replaced(
    event_type: str, booking: CalcomBooking, at: datetime, received: datetime
) -> tuple[Change, ...]:
    """The booking that this one replaces: rescheduled, and made if we never heard of it."""
    if not _moved(booking) or event_type not in _MOVING:
        return ()
    facts = {
        **_facts(booking),
        **dict.fromkeys(("calcom_booking_id", "call_id", "token", "rescheduled_from")),
        "rescheduled_to": booking.key,
        "start_at": booking.reschedule_start_time,
        "end_at": booking.reschedule_end_time,
    }
    old = Change(
        booking.reschedule_uid or "", facts, IN_PASSING, status="rescheduled", at=at, received=received
    )
    return (old,)


def _moved(booking: CalcomBooking) -> bool:
    """It replaces another booking; where both are one uid (seats) only the times change."""
    return booking.reschedule_uid is not None and booking.reschedule_uid != booking.key


def _doubts(booking: CalcomBooking, status: Status | None) -> tuple[str, ...]:
    return (booking.key or "",) if booking.is_series and status is not None else ()


def _facts(booking: CalcomBooking) -> Mapping[str, Any]:
    attendee, host = booking.attendee, booking.host
    return {
        "calcom_booking_id": booking.booking_id,
        "event_type_id": booking.event_type_number,
        "title": booking.title,
        "start_at": booking.start,
        "end_at": booking.end,
        "timezone": attendee.time_zone or host.time_zone,
        "location": booking.location,
        "host_name": host.name,
        "host_email": host.email,
        "attendee_name": attendee.name or booking.answer("name"),
        "attendee_email": attendee.email or booking.answer("email"),
        "attendee_phone": _phone(booking),
        "call_id": word_of(booking.metadata.get("call_id")),
        "token": word_of(booking.metadata.get("askpro_token")),
        "cancellation_reason": booking.cancellation_reason or booking.rejection_reason,
        "rescheduled_from": _predecessor(booking),
        "rescheduled_to": booking.rescheduled_to_uid,
        "seats": booking.seats_per_time_slot,
    }


def _phone(booking: CalcomBooking) -> str | None:
    return (
        booking.attendee.phone_number
        or booking.answer("attendeePhoneNumber")
        or word_of(booking.metadata.get("phone"))
    )


def _predecessor(booking: CalcomBooking) -> str | None:
    return booking.rescheduled_from_uid or (booking.reschedule_uid if _moved(booking) else None)
