"""What Cal.com's validation refuses in the body of a booking request, before it looks at the event type."""

import re
from typing import Any

from infra.simulators.calcom.errors import Problem
from infra.simulators.calcom.looks import (
    COUNT,
    EMAIL,
    FLAG,
    OBJECT,
    TEXT,
    Look,
    each,
    one_of,
    required_types,
    wrong_types,
)
from infra.simulators.calcom.times import is_zone, parse

NEWEST = "2026-02-25"
_FIELDS: dict[str, Look] = {
    **dict.fromkeys(("eventTypeSlug", "username", "teamSlug", "organizationSlug", "meetingUrl"), TEXT),
    **dict.fromkeys(("eventTypeId", "lengthInMinutes", "recurrenceCount"), COUNT),
    **dict.fromkeys(("bookingFieldsResponses", "location", "metadata", "routing"), OBJECT),
    **dict.fromkeys(("instant", "hideCalendarEventDetails"), FLAG),
    "emailVerificationCode": TEXT,
    "guests": each(EMAIL),
}
# Fields that the older of the two versions does not know.
_FIELDS_OF_NEWEST = dict.fromkeys(("allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits"), FLAG)
_LANGUAGES_TEXT = (
    "ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN bg da "
    "en et fr hu iw ko no pt-BR sk ta uk zh-TW bn"
)
_ATTENDEE: dict[str, Look] = {
    "email": EMAIL,
    "phoneNumber": TEXT,
    "language": one_of(*_LANGUAGES_TEXT.split()),
}
_ATTENDEE_REQUIRED: dict[str, Look] = {
    "name": (lambda value: isinstance(value, str) and value != "", "a string"),
    "timeZone": (is_zone, "a valid IANA time-zone"),
}
_INTEGRATIONS_TEXT = (
    "cal-video google-meet zoom whereby-video whatsapp-video webex-video telegram-video tandem sylaps-video "
    "skype-video sirius-video signal-video shimmer-video salesroom-video roam-video riverside-video "
    "ping-video office365-video mirotalk-video jitsi jelly-video jelly-conferencing huddle facetime-video "
    "element-call-video eightxeight-video discord-video demodesk-video campfire-video"
)
INTEGRATIONS = tuple(_INTEGRATIONS_TEXT.split())
# Each type of location, with what else it must name.
LOCATIONS: dict[str, dict[str, Look]] = {
    "address": {},
    "attendeeAddress": {"address": TEXT},
    "attendeeDefined": {"location": TEXT},
    "attendeePhone": {"phone": TEXT},
    "integration": {"integration": one_of(*INTEGRATIONS)},
    "link": {},
    "phone": {},
    "organizersDefaultApp": {},
}
_ACTIONS: dict[str, dict[str, Look]] = {
    "reschedule": {
        "rescheduledBy": EMAIL,
        "reschedulingReason": TEXT,
        "seatUid": TEXT,
        "rescheduleWithSameHost": FLAG,
    },
    "cancel": {"cancellationReason": TEXT, "cancelSubsequentBookings": FLAG, "seatUid": TEXT},
    "confirm": {},
    "decline": {"reason": TEXT},
    "mark-absent": {"host": FLAG, "attendees": each(OBJECT)},
}
_ABSENCE: dict[str, Look] = {"email": EMAIL, "absent": FLAG}
_METADATA_KEYS, _METADATA_KEY_LENGTH, _METADATA_VALUE_LENGTH = 50, 40, 500
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z")


def booking_problems(body: dict[str, Any], version: str) -> list[Problem]:
    """Every problem of the body's form; none means that its fields can be read without a look."""
    fields = {**_FIELDS, **(_FIELDS_OF_NEWEST if version == NEWEST else {})}
    known = {"start", "attendee", *fields}
    unknown = [(name, f"property {name} should not exist") for name in body if name not in known]
    problems = [*_start(body), *unknown, *wrong_types(body, fields), *_attendee(body.get("attendee"))]
    return problems or [*_event_type(body), *_metadata(body), *_location(body), *_routing(body)]


def action_problems(action: str, body: dict[str, Any]) -> list[Problem]:
    """As `booking_problems`, for what is done with a booking later."""
    start = _start(body) if action == "reschedule" else []
    if problems := [*start, *wrong_types(body, _ACTIONS[action])]:
        return problems
    attendees = (body.get("attendees") or []) if action == "mark-absent" else []
    return [problem for each_one in attendees for problem in required_types(each_one, _ABSENCE, "attendees")]


def _start(body: dict[str, Any]) -> list[Problem]:
    """A start is told in UTC, with a Z."""
    start = body.get("start")
    if isinstance(start, str) and _UTC.fullmatch(start) and parse(start) is not None:
        return []
    return [
        ("start", "start must be a valid ISO 8601 date string in UTC timezone, e.g. 2024-08-13T09:00:00Z")
    ]


def _attendee(attendee: Any) -> list[Problem]:
    if not isinstance(attendee, dict):
        return [("attendee", "attendee should not be empty")]
    unknown = set(attendee) - set(_ATTENDEE) - set(_ATTENDEE_REQUIRED)
    # An empty text is as good as none: which of the two contacts there must be is looked at later.
    given = {name: value for name, value in attendee.items() if value != ""}
    return [
        *(("attendee", f"attendee.property {name} should not exist") for name in sorted(unknown)),
        *required_types(given, _ATTENDEE_REQUIRED, "attendee"),
        *wrong_types(given, _ATTENDEE, "attendee"),
    ]


def _event_type(body: dict[str, Any]) -> list[Problem]:
    by_slug = body.get("eventTypeSlug") and (body.get("username") or body.get("teamSlug"))
    if body.get("eventTypeId") is not None or by_slug:
        return []
    text = "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided"
    return [("eventTypeId", text)]


def _metadata(body: dict[str, Any]) -> list[Problem]:
    metadata = body.get("metadata") or {}
    fits = len(metadata) <= _METADATA_KEYS and all(
        isinstance(value, str) and len(key) <= _METADATA_KEY_LENGTH and len(value) <= _METADATA_VALUE_LENGTH
        for key, value in metadata.items()
    )
    text = (
        "Metadata must have at most 50 keys, each key up to 40 characters. "
        "Values can be strings up to 500 characters."
    )
    return [] if fits else [("metadata", text)]


def _location(body: dict[str, Any]) -> list[Problem]:
    location = body.get("location")
    if location is None:
        return []
    problems = required_types(location, {"type": one_of(*LOCATIONS)}, "location")
    return problems or required_types(location, LOCATIONS[location["type"]], "location")


def _routing(body: dict[str, Any]) -> list[Problem]:
    looks: dict[str, Look] = {"responseId": COUNT, "teamMemberIds": each(COUNT)}
    return required_types(body["routing"], looks, "routing") if body.get("routing") is not None else []
