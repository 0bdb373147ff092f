"""The bodies of Cal.com's webhooks."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.simulators.calcom.event_types import requires_confirmation, seats_of
from infra.simulators.calcom.times import iso, iso_offset, iso_seconds, parse
from infra.simulators.store import Document

_LABELS = {"name": "your_name", "email": "email_address", "attendeePhoneNumber": "phone_number"}
_BOOKER_URL = "https://app.cal.com"
_FROM_DATABASE = {"BOOKING_CANCELLED", "BOOKING_REJECTED"}
# Fields that the provider's payload of this trigger lacks.
_LEFT_OUT: dict[str, frozenset[str]] = {
    "BOOKING_RESCHEDULED": frozenset({"iCalUID"}),
    "BOOKING_CANCELLED": frozenset(
        {
            "schedulingType",
            "seatsShowAvailabilityCount",
            "hideCalendarNotes",
            "hideCalendarEventDetails",
            "disableRescheduling",
            "disableCancelling",
        }
    ),
    "BOOKING_REJECTED": frozenset(
        {
            "schedulingType",
            "seatsPerTimeSlot",
            "seatsShowAttendees",
            "seatsShowAvailabilityCount",
            "disableRescheduling",
            "disableCancelling",
            "iCalUID",
            "iCalSequence",
        }
    ),
}
# Columns of the row that a meeting's end carries and that nobody here ever fills.
_EMPTY_COLUMNS: Document = {
    "destinationCalendarId": None,
    "reassignReason": None,
    "reassignById": None,
    "dynamicEventSlugRef": None,
    "dynamicGroupSlugRef": None,
    "smsReminderNumber": None,
    "scheduledJobs": [],
    "isRecorded": False,
    "rating": None,
    "ratingFeedback": None,
    "oneTimePassword": None,
    "creationSource": "API_V2",
    "payment": [],
    "references": [],
}


def _offset_minutes(zone: str, moment: datetime) -> int:
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def _moment(text: str) -> datetime:
    moment = parse(text)
    assert moment is not None  # noqa: S101 - we wrote it
    return moment


def _organizer(booking: Document, moment: datetime) -> Document:
    host = booking["hosts"][0]
    return {
        "id": host["id"],
        "name": host["name"],
        "email": host["email"],
        "username": host["username"],
        "usernameInOrg": None,
        "timeZone": host["timeZone"],
        "timeFormat": "HH:mm",
        "language": {"locale": "de"},
        "utcOffset": _offset_minutes(host["timeZone"], moment),
    }


def _attendee(attendee: Document, moment: datetime, *, stored: bool) -> Document:
    """Read from the database it has a phone number or null, fresh from the form its name in two parts."""
    first, _, last = attendee["name"].partition(" ")
    phone, names = {"phoneNumber": attendee["phoneNumber"]}, {"firstName": first, "lastName": last}
    return {
        "email": attendee["email"],
        "name": attendee["name"],
        "timeZone": attendee["timeZone"],
        "language": {"locale": attendee["language"]},
        "utcOffset": _offset_minutes(attendee["timeZone"], moment),
        **({} if stored else names),
        **(phone if stored or attendee["phoneNumber"] else {}),
    }


def _responses(event_type: Document, booking: Document) -> Document:
    """One entry per field of the form; an unanswered one has no `value`."""
    answers = booking["bookingFieldsResponses"]
    responses: Document = {}
    for field in event_type["bookingFields"]:
        slug = field["slug"]
        responses[slug] = {"label": _LABELS.get(slug, field["label"]), "isHidden": field["hidden"]}
        if answers.get(slug) not in {None, ""} if not isinstance(answers.get(slug), list) else True:
            responses[slug]["value"] = answers[slug]
    extra = {slug: answer for slug, answer in answers.items() if slug not in responses}
    return {**responses, **{slug: {"label": slug, "value": answer} for slug, answer in extra.items()}}


def _times(trigger: str, booking: Document) -> Document:
    """Each trigger writes times in its own form."""
    forms = {"BOOKING_CANCELLED": iso_offset, "BOOKING_REJECTED": iso}
    form = forms.get(trigger, iso_seconds)
    return {"startTime": form(_moment(booking["start"])), "endTime": form(_moment(booking["end"]))}


def _event_type_part(event_type: Document) -> Document:
    return {
        "bookerUrl": _BOOKER_URL,
        "type": event_type["slug"],
        "eventTypeId": event_type["id"],
        "eventTitle": event_type["title"],
        "eventDescription": event_type["description"],
        "schedulingType": (event_type["schedulingType"] or "").upper() or None,
        "seatsPerTimeSlot": seats_of(event_type),
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "requiresConfirmation": requires_confirmation(event_type),
        "price": event_type["price"],
        "currency": event_type["currency"],
        "customReplyToEmail": None,
        "hideOrganizerEmail": False,
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "disableRescheduling": False,
        "disableCancelling": False,
        "organizationId": None,
    }


def _booking_part(event_type: Document, booking: Document, *, stored: bool) -> Document:
    moment = _moment(booking["start"])
    return {
        "title": booking["title"],
        "description": booking["description"],
        "additionalNotes": booking["description"],
        "organizer": _organizer(booking, moment),
        "attendees": [_attendee(each, moment, stored=stored) for each in booking["attendees"]],
        "customInputs": {},
        "responses": _responses(event_type, booking),
        "userFieldsResponses": {},
        "location": booking["location"],
        "iCalUID": booking["icsUid"],
        "iCalSequence": booking["sequence"],
        "uid": booking["uid"],
        "bookingId": booking["id"],
        "length": booking["duration"],
        "status": booking["status"].upper(),
    }


def _extra(trigger: str, booking: Document, previous: Document | None) -> Document:
    if trigger == "BOOKING_CANCELLED":
        return {
            "cancellationReason": booking.get("cancellationReason"),
            "destinationCalendar": [],
            "requestReschedule": False,
        }
    if trigger == "BOOKING_REJECTED":
        return {"rejectionReason": booking.get("rejectionReason"), "destinationCalendar": []}
    extra: Document = {
        "metadata": {**booking["metadata"], **_video(trigger, booking)},
        "destinationCalendar": None,
        "hashedLink": None,
        "oneTimePassword": None,
    }
    if previous is not None:
        extra |= {
            "rescheduleId": previous["id"],
            "rescheduleUid": previous["uid"],
            "rescheduleStartTime": iso_seconds(_moment(previous["start"])),
            "rescheduleEndTime": iso_seconds(_moment(previous["end"])),
        }
    return extra


def payload(trigger: str, event_type: Document, booking: Document, previous: Document | None) -> Document:
    """`payload` of a booking event; `previous` is the booking before its reschedule."""
    whole = {
        **_event_type_part(event_type),
        **_booking_part(event_type, booking, stored=trigger in _FROM_DATABASE),
        **_times(trigger, booking),
        **_extra(trigger, booking, previous),
    }
    return {name: value for name, value in whole.items() if name not in _LEFT_OUT.get(trigger, ())}


def _video(trigger: str, booking: Document) -> Document:
    """A meeting room is made for accepted bookings, and its address put among the caller's metadata."""
    if trigger == "BOOKING_REQUESTED" or not booking["location"].startswith("integrations:"):
        return {}
    return {"videoCallUrl": f"{_BOOKER_URL}/video/{booking['uid']}"}


def absence(booking: Document, absent: dict[str, bool]) -> Document:
    """`payload` of BOOKING_NO_SHOW_UPDATED."""
    marked = ", ".join(absent)
    return {
        "message": f"{marked} marked as no-show",
        "attendees": [{"email": email, "noShow": value} for email, value in absent.items()],
        "bookingUid": booking["uid"],
        "bookingId": booking["id"],
    }


def flat_meeting(event_type: Document, booking: Document) -> Document:
    """MEETING_STARTED and MEETING_ENDED: the row itself, no `payload`, `createdAt` of the booking."""
    host = booking["hosts"][0]
    names = ("email", "name", "timeZone", "username")
    return {
        **_EMPTY_COLUMNS,
        **_history(booking),
        "id": booking["id"],
        "uid": booking["uid"],
        "userId": host["id"],
        "userPrimaryEmail": host["email"],
        "eventTypeId": event_type["id"],
        "title": booking["title"],
        "description": booking["description"],
        "customInputs": {},
        "responses": _responses(event_type, booking),
        "startTime": booking["start"],
        "endTime": booking["end"],
        "location": booking["location"],
        "createdAt": booking["createdAt"],
        "updatedAt": booking["updatedAt"],
        "status": booking["status"].upper(),
        "paid": False,
        "metadata": booking["metadata"],
        "iCalUID": booking["icsUid"],
        "iCalSequence": booking["sequence"],
        "noShowHost": booking["absentHost"],
        "user": {name: host[name] for name in names},
        "attendees": [_row(number, booking, each) for number, each in enumerate(booking["attendees"], 1)],
    }


def _history(booking: Document) -> Document:
    return {
        "cancellationReason": booking.get("cancellationReason"),
        "rejectionReason": booking.get("rejectionReason"),
        "cancelledBy": booking.get("cancelledByEmail"),
        "rescheduledBy": booking.get("rescheduledByEmail"),
        "rescheduled": bool(booking.get("rescheduledToUid")) or None,
        "fromReschedule": booking.get("rescheduledFromUid"),
        "recurringEventId": booking.get("recurringBookingUid"),
    }


def _row(number: int, booking: Document, attendee: Document) -> dict[str, Any]:
    return {
        "id": booking["id"] * 10 + number,
        "email": attendee["email"],
        "name": attendee["name"],
        "timeZone": attendee["timeZone"],
        "phoneNumber": attendee["phoneNumber"],
        "locale": attendee["language"],
        "bookingId": booking["id"],
        "noShow": attendee["absent"],
    }


def ping(now: datetime) -> Document:
    """`payload` of the dashboard's test button."""
    person = {"timeZone": "Europe/London", "language": {"locale": "en"}, "utcOffset": 0}
    return {
        "type": "Test",
        "title": "Test trigger event",
        "startTime": iso(now),
        "endTime": iso(now),
        "attendees": [{"email": "jdoe@example.com", "name": "John Doe", **person}],
        "organizer": {"name": "Cal", "email": "no-reply@cal.com", **person},
    }
