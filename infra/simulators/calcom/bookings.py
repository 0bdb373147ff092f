"""Making a booking: checks, then the row, then the webhooks' receivers, then the answer."""

import asyncio
import random
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from infra.simulators.calcom.booking_input import Wish
from infra.simulators.calcom.booking_rules import (
    check_bookable,
    check_booker,
    check_form,
    email_of,
    existing_booking,
    find_hosts,
    length_of,
    open_seat,
    recurrence_of,
)
from infra.simulators.calcom.errors import RawRefusal
from infra.simulators.calcom.event_types import requires_confirmation, seats_of
from infra.simulators.calcom.fields import PHONE_SLUG
from infra.simulators.calcom.slots import Span
from infra.simulators.calcom.times import iso
from infra.simulators.calcom.webhooks import announce
from infra.simulators.simulator import Simulator
from infra.simulators.store import Change, Document

# The row is written early and calendars, mails and webhooks take the rest: a client that gave up in
# between finds its booking.
_SHARE_BEFORE_ROW = 0.3


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds before and after the row is written."""

    before: float
    after: float


def draw_pauses(simulator: Simulator) -> Pauses:
    """How long this answer takes."""
    shortest, longest = simulator.settings["booking_seconds"]
    seconds = random.uniform(shortest, longest)  # noqa: S311 - a duration
    return Pauses(seconds * _SHARE_BEFORE_ROW, seconds * (1 - _SHARE_BEFORE_ROW))


def new_uid() -> str:
    """22 characters, as Cal.com's short ids."""
    return secrets.token_urlsafe(16).replace("-", "a").replace("_", "b")


async def book(simulator: Simulator, event_type: Document, wish: Wish) -> list[Document]:
    """One booking, or all of a recurring series; raises Refusal or RawRefusal."""
    check_bookable(event_type, wish)
    check_form(event_type, wish.answers)
    email = email_of(event_type, wish)
    if existing := existing_booking(simulator, event_type, wish, email):
        return [existing]
    check_booker(simulator, event_type, email)
    pauses = draw_pauses(simulator)
    if seated := open_seat(simulator, event_type, iso(wish.start)):
        return [await _take_seat(simulator, event_type, seated, _attendee(wish, email, seated=True))]
    spans = _spans(event_type, wish)
    hosts = [find_hosts(simulator, event_type, span, wish) for span in spans]
    await asyncio.sleep(pauses.before)
    bookings = _insert(simulator, event_type, wish, email, list(zip(spans, hosts, strict=True)))
    await asyncio.sleep(pauses.after)
    trigger = "BOOKING_REQUESTED" if bookings[0]["status"] == "pending" else "BOOKING_CREATED"
    await announce(simulator, trigger, event_type, bookings[0])
    return bookings


def _spans(event_type: Document, wish: Wish) -> list[Span]:
    length, recurrence = length_of(event_type, wish), recurrence_of(event_type)
    if recurrence is None:
        return [Span(wish.start, wish.start + length)]
    days = {"weekly": 7, "monthly": 28, "yearly": 364}[recurrence["frequency"]] * recurrence["interval"]
    starts = [
        wish.start + timedelta(days=days * number)
        for number in range(wish.occurrences or recurrence["occurrences"])
    ]
    return [Span(start, start + length) for start in starts]


def _insert(
    simulator: Simulator,
    event_type: Document,
    wish: Wish,
    email: str,
    places: list[tuple[Span, list[Document]]],
) -> list[Document]:
    series = new_uid() if len(places) > 1 else None
    bookings = [_booking(simulator, event_type, wish, email, span, hosts) for span, hosts in places]
    bookings = [{**booking, "recurringBookingUid": series} for booking in bookings]
    for booking in bookings:
        check_unique(simulator, booking)
    changes: list[Change] = [("bookings", booking["uid"], booking) for booking in bookings]
    simulator.store.save(changes)
    return bookings


def check_unique(simulator: Simulator, booking: Document) -> None:
    """The provider's unique key over start, end and organizer: accepted bookings only, so only they race."""
    if booking["status"] != "accepted":
        return
    for other in simulator.store.all("bookings"):
        same_time = (other["start"], other["end"]) == (booking["start"], booking["end"])
        if (
            same_time
            and other["status"] == "accepted"
            and other["hosts"][0]["id"] == booking["hosts"][0]["id"]
        ):
            raise RawRefusal(409, "booking_conflict_error")


def booking_host(host: Document) -> Document:
    """A host as bookings show it."""
    return {
        "id": host["userId"],
        "name": host["name"],
        "email": host["email"],
        "displayEmail": host["email"],
        "username": host["username"],
        "timeZone": host["timeZone"],
    }


def _attendee(wish: Wish, email: str, *, seated: bool) -> Document:
    attendee: Document = {
        "name": wish.attendee.name,
        "email": email,
        "displayEmail": email,
        "timeZone": wish.attendee.zone,
        "language": wish.attendee.language,
        "absent": False,
        "phoneNumber": wish.attendee.phone,
    }
    if seated:
        attendee["seatUid"] = new_uid()
        attendee["bookingFieldsResponses"] = {**wish.answers, "email": email}
        attendee["metadata"] = wish.metadata
    return attendee


def _location(event_type: Document, wish: Wish) -> str:
    location: dict[str, Any] = wish.location or (event_type["locations"] or [{}])[0]
    wanted = location.get("phone") or location.get("link") or location.get("address")
    if location.get("type") == "attendeePhone":
        return str(wanted or wish.attendee.phone or "")
    return str(wanted or f"integrations:{location.get('integration', 'daily')}")


def _booking(
    simulator: Simulator, event_type: Document, wish: Wish, email: str, span: Span, hosts: list[Document]
) -> Document:
    uid, now = new_uid(), iso(simulator.clock.now())
    attendee = _attendee(wish, email, seated=seats_of(event_type) is not None)
    return {
        "id": simulator.store.next_number("bookings", 50001),
        "uid": uid,
        "title": f"{event_type['title']} between {hosts[0]['name']} and {wish.attendee.name}",
        "description": wish.answers.get("notes") or "",
        "hosts": [booking_host(host) for host in hosts],
        "status": "pending" if requires_confirmation(event_type) else "accepted",
        "start": iso(span.start),
        "end": iso(span.end),
        "duration": int((span.end - span.start) / timedelta(minutes=1)),
        "eventTypeId": event_type["id"],
        "eventType": {"id": event_type["id"], "slug": event_type["slug"]},
        "location": _location(event_type, wish),
        "absentHost": False,
        "createdAt": now,
        "updatedAt": now,
        "metadata": wish.metadata,
        "icsUid": f"{uid}@Cal.com",
        "attendees": [attendee],
        "guests": wish.guests,
        "bookingFieldsResponses": {**wish.answers, "email": email, **_phone_answer(wish)},
        "sequence": 0,
    }


def _phone_answer(wish: Wish) -> Document:
    return {PHONE_SLUG: wish.attendee.phone} if wish.attendee.phone else {}


async def _take_seat(
    simulator: Simulator, event_type: Document, booking: Document, attendee: Document
) -> Document:
    changed = {
        **booking,
        "attendees": [*booking["attendees"], attendee],
        "updatedAt": iso(simulator.clock.now()),
    }
    simulator.store.put("bookings", changed["uid"], changed)
    await announce(simulator, "BOOKING_CREATED", event_type, {**changed, "attendees": [attendee]})
    return changed
