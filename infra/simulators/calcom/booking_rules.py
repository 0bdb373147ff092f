"""What Cal.com refuses when a well-formed booking meets its event type, in the order of its looks."""

from datetime import timedelta
from typing import Any

from infra.simulators.calcom.booking_input import Wish
from infra.simulators.calcom.errors import Refusal
from infra.simulators.calcom.event_types import requires_confirmation, seats_of
from infra.simulators.calcom.fields import PHONE_SLUG, field_of, form_problems, is_asked
from infra.simulators.calcom.slots import Availability, Span
from infra.simulators.calcom.times import iso
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

OUT_OF_WINDOW = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too soon "
    "(violating the minimum booking notice) or too far in the future (outside the event's scheduling "
    "window). Try fetching available slots first using the GET /v2/slots endpoint and then make a booking "
    'with "start" time equal to one of the available slots: https://cal.com/docs/api-reference/v2/slots'
)
USER_TAKEN = "User either already has booking at this time or is not available"
HOSTS_TAKEN = "One of the hosts either already has booking at this time or is not available"
NO_LENGTHS = (
    "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. "
    "Please, remove the 'lengthInMinutes' field from the request."
)


def check_bookable(event_type: Document, wish: Wish) -> None:
    """Raises Refusal for what no booking of this event type could have."""
    if event_type["schedulingType"] == "managed":
        raise Refusal(
            400,
            f"Event type with id={event_type['id']} is the parent managed event type that can't be booked. "
            "You have to provide the child event type id aka id of event type that has been assigned to one "
            "of the users.",
        )
    _check_length(event_type, wish)
    _check_occurrences(event_type, wish)
    if (wish.location or {}).get("type") == "organizersDefaultApp" and event_type["teamId"] is None:
        raise Refusal(400, "Location organizersDefaultApp is only available for team event types")
    if not event_type["hosts"]:
        raise Refusal(422, "Can't book this team event type because it has no hosts")


def _check_length(event_type: Document, wish: Wish) -> None:
    options: list[int] = event_type.get("lengthInMinutesOptions") or []
    if wish.minutes is not None and not options:
        raise Refusal(400, NO_LENGTHS)
    if wish.minutes is not None and wish.minutes not in options:
        possible = ", ".join(str(option) for option in options)
        raise Refusal(
            400, f"Provided 'lengthInMinutes' is not one of the possible lengths. Possible: {possible}"
        )


def _check_occurrences(event_type: Document, wish: Wish) -> None:
    recurrence = recurrence_of(event_type)
    most = recurrence["occurrences"] if recurrence else 0
    if wish.occurrences is not None and wish.occurrences > most:
        raise Refusal(400, f"recurrenceCount is {wish.occurrences}, the event type's recurrence has {most}")


def recurrence_of(event_type: Document) -> Document | None:
    """How often it repeats, None where one booking is one appointment."""
    recurrence: Document | None = event_type["recurrence"]
    return None if not recurrence or recurrence.get("disabled") else recurrence


def check_form(event_type: Document, answers: dict[str, Any]) -> None:
    """Raises Refusal 400 with one text per wrong field."""
    problems = form_problems(event_type, answers)
    if problems:
        raise Refusal(400, ", ".join(problems))


def check_booker(simulator: Simulator, event_type: Document, email: str) -> None:
    """The limit of active bookings counts by address: a shared one locks everybody out."""
    limit = event_type.get("bookerActiveBookingsLimit") or {}
    if not limit.get("maximumActiveBookings"):
        return
    now = iso(simulator.clock.now())
    active = [
        booking
        for booking in simulator.store.all("bookings")
        if booking["eventTypeId"] == event_type["id"]
        and booking["status"] in {"accepted", "pending"}
        and booking["start"] >= now
        and any(attendee["email"] == email for attendee in booking["attendees"])
    ]
    if len(active) >= limit["maximumActiveBookings"]:
        raise Refusal(400, "booker_limit_exceeded_error")


def email_of(event_type: Document, wish: Wish) -> str:
    """The attendee's address: the given one, or one made of the phone number where the form allows that."""
    phone, email = wish.attendee.phone, wish.attendee.email
    hidden = not is_asked(field_of(event_type, "email"))
    phone_asked = is_asked(field_of(event_type, PHONE_SLUG))
    if phone and (email is None or (hidden and phone_asked)):
        return "".join(character for character in phone if character.isdigit()) + "@sms.cal.com"
    return email or ""


def existing_booking(simulator: Simulator, event_type: Document, wish: Wish, email: str) -> Document | None:
    """Round robin and confirmation: the same attendee at the same start gets the old booking as a success."""
    if event_type["schedulingType"] != "roundRobin" and not requires_confirmation(event_type):
        return None
    for booking in simulator.store.all("bookings"):
        same = booking["eventTypeId"] == event_type["id"] and booking["start"] == iso(wish.start)
        if same and booking["status"] in {"accepted", "pending"} and _attends(booking, email, wish):
            return booking
    return None


def _attends(booking: Document, email: str, wish: Wish) -> bool:
    phone = wish.attendee.phone
    return any(
        attendee["email"] == email and (phone is None or attendee["phoneNumber"] in {None, phone})
        for attendee in booking["attendees"]
    )


def length_of(event_type: Document, wish: Wish) -> timedelta:
    """The asked length, else the usual one."""
    return timedelta(minutes=wish.minutes or event_type["lengthInMinutes"])


def find_hosts(simulator: Simulator, event_type: Document, span: Span, wish: Wish) -> list[Document]:
    """Who holds it; raises Refusal 400 in Cal.com's words when the time is past, outside or taken."""
    availability = Availability(simulator, event_type)
    _check_time(simulator, availability, span, wish)
    if wish.allow_conflicts:
        return list(event_type["hosts"][:1])
    hosts = availability.hosts_for(span) if availability.is_open(span) else []
    if not hosts:
        raise Refusal(400, USER_TAKEN if event_type["teamId"] is None else HOSTS_TAKEN)
    return hosts


def _check_time(simulator: Simulator, availability: Availability, span: Span, wish: Wish) -> None:
    if span.start < simulator.clock.now():
        raise Refusal(400, "Attempting to book a meeting in the past.")
    if not wish.allow_out_of_bounds and not availability.is_bookable_now(span.start):
        raise Refusal(400, OUT_OF_WINDOW)


def open_seat(simulator: Simulator, event_type: Document, start: str) -> Document | None:
    """The seated booking that this attendee joins; 400 when its seats are used up."""
    seats = seats_of(event_type)
    if seats is None:
        return None
    for booking in simulator.store.all("bookings"):
        same = booking["eventTypeId"] == event_type["id"] and booking["start"] == start
        if same and booking["status"] == "accepted":
            if len(booking["attendees"]) >= seats:
                raise Refusal(400, "Booking seats are full")
            return booking
    return None
