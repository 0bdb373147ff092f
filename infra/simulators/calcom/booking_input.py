"""The body of a booking request: read strictly, refused as Cal.com's validation refuses."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.simulators.calcom.errors import Refusal, validation
from infra.simulators.calcom.fields import PHONE_SLUG
from infra.simulators.calcom.times import is_zone, parse

_KNOWN = {
    "start", "attendee", "bookingFieldsResponses", "eventTypeId", "eventTypeSlug", "username", "teamSlug",
    "organizationSlug", "guests", "meetingUrl", "location", "metadata", "lengthInMinutes", "routing",
    "emailVerificationCode", "instant", "recurrenceCount", "allowConflicts", "allowBookingOutOfBounds",
    "skipBookingLimits", "hideCalendarEventDetails",
}  # fmt: skip
_ATTENDEE = {"name", "timeZone", "phoneNumber", "language", "email"}
_LANGUAGES_TEXT = (
    "ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN bg da "
    "en et fr hu iw ko no pt-BR sk ta uk zh-TW bn"
)
_LANGUAGES = frozenset(_LANGUAGES_TEXT.split())
_METADATA_KEYS, _METADATA_KEY_LENGTH, _METADATA_VALUE_LENGTH = 50, 40, 500
_NO_CONTACT = (
    "Attendee email or phone number properties wrong - at least one of attendee.email or "
    "attendee.phoneNumber has to be provided"
)


@dataclass(frozen=True, slots=True)
class Attendee:
    """`email` is None when the request named none."""

    name: str
    zone: str
    email: str | None
    phone: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A booking request that is well formed."""

    start: datetime
    attendee: Attendee
    answers: dict[str, Any]
    metadata: dict[str, str]
    minutes: int | None
    guests: list[str] = field(default_factory=list)
    location: dict[str, Any] | None = None
    occurrences: int | None = None
    allow_conflicts: bool = False
    allow_out_of_bounds: bool = False


def read_wish(body: Any) -> Wish:
    """Raises Refusal 400 with every problem of the body's form."""
    if not isinstance(body, dict):
        raise validation(("body", "body must be an object"))
    attendee = body.get("attendee")
    problems = [*_start_problems(body), *_unknown(body), *_metadata_problems(body.get("metadata"))]
    problems += _attendee_problems(attendee)
    if problems:
        raise validation(*problems)
    return _wish(body, _attendee(body["attendee"]))


def _wish(body: dict[str, Any], attendee: Attendee) -> Wish:
    start = parse(body["start"])
    assert start is not None  # noqa: S101 - checked with the form
    return Wish(
        start=start,
        attendee=attendee,
        answers=_answers(body.get("bookingFieldsResponses") or {}, attendee, body.get("guests") or []),
        metadata=dict(body.get("metadata") or {}),
        minutes=body.get("lengthInMinutes"),
        guests=list(body.get("guests") or []),
        location=body.get("location"),
        occurrences=body.get("recurrenceCount"),
        allow_conflicts=bool(body.get("allowConflicts")),
        allow_out_of_bounds=bool(body.get("allowBookingOutOfBounds")),
    )


def _attendee(attendee: dict[str, Any]) -> Attendee:
    if not (attendee.get("email") or attendee.get("phoneNumber")):
        raise Refusal(400, _NO_CONTACT)
    return Attendee(
        name=attendee["name"],
        zone=attendee["timeZone"],
        email=attendee.get("email") or None,
        phone=attendee.get("phoneNumber") or None,
        language=attendee.get("language") or "en",
    )


def _answers(custom: dict[str, Any], attendee: Attendee, guests: list[str]) -> dict[str, Any]:
    answers = {**custom, "name": attendee.name, "email": attendee.email or "", "guests": guests}
    return {**answers, PHONE_SLUG: attendee.phone} if attendee.phone else answers


def _start_problems(body: dict[str, Any]) -> list[tuple[str, str]]:
    problems = []
    if parse(body.get("start")) is None:
        problems.append(("start", "start must be a valid ISO 8601 date string"))
    named = body.get("eventTypeId") is not None or body.get("eventTypeSlug")
    if not named:
        text = "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided"
        problems.append(("eventTypeId", text))
    return problems


def _unknown(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, f"property {name} should not exist") for name in body if name not in _KNOWN]


def _attendee_problems(attendee: Any) -> list[tuple[str, str]]:
    if not isinstance(attendee, dict):
        return [("attendee", "attendee should not be empty")]
    problems = [(name, f"attendee.property {name} should not exist") for name in set(attendee) - _ATTENDEE]
    if not isinstance(attendee.get("name"), str) or not attendee["name"]:
        problems.append(("attendee", "attendee.name must be a string"))
    if not is_zone(attendee.get("timeZone")):
        problems.append(("attendee", "attendee.timeZone must be a valid IANA time-zone"))
    email = attendee.get("email")
    if email and ("@" not in str(email) or "." not in str(email).rpartition("@")[2]):
        problems.append(("attendee", "attendee.email must be an email"))
    if attendee.get("language") and attendee["language"] not in _LANGUAGES:
        problems.append(("attendee", "attendee.language must be one of the supported languages"))
    return problems


def _metadata_problems(metadata: Any) -> list[tuple[str, str]]:
    if metadata is None:
        return []
    if not isinstance(metadata, dict):
        return [("metadata", "metadata must be an object")]
    fits = len(metadata) <= _METADATA_KEYS and all(
        isinstance(value, str) and len(key) <= _METADATA_KEY_LENGTH and len(value) <= _METADATA_VALUE_LENGTH
        for key, value in metadata.items()
    )
    text = (
        "Metadata must have at most 50 keys, each key up to 40 characters. "
        "Values can be strings up to 500 characters."
    )
    return [] if fits else [("metadata", text)]
