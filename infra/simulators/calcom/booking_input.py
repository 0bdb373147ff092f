"""The body of a booking request: read strictly, refused as Cal.com's validation refuses."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.simulators.calcom.booking_checks import booking_problems
from infra.simulators.calcom.errors import Refusal, validation
from infra.simulators.calcom.fields import PHONE_SLUG
from infra.simulators.calcom.times import parse

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


def read_wish(body: Any, version: str) -> Wish:
    """Raises Refusal 400 with every problem of the body's form; `version` says which fields there are."""
    if not isinstance(body, dict):
        raise validation(("body", "body must be an object"))
    if problems := booking_problems(body, version):
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
