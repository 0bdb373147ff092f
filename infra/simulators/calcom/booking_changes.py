"""What happens to a booking later: rescheduled, cancelled, confirmed, declined, somebody absent."""

import asyncio
from typing import Any

from infra.simulators.calcom.booking_rules import HOSTS_TAKEN, OUT_OF_WINDOW, USER_TAKEN
from infra.simulators.calcom.bookings import booking_host, check_unique, draw_pauses, new_uid
from infra.simulators.calcom.errors import Refusal
from infra.simulators.calcom.event_types import event_type_of, requires_confirmation, seats_of
from infra.simulators.calcom.slots import Availability, Span, span_of
from infra.simulators.calcom.times import iso, parse
from infra.simulators.calcom.webhooks import announce, announce_absence
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document


def booking_of(simulator: Simulator, uid: str) -> Document:
    """404 for an unknown uid."""
    booking = simulator.store.get("bookings", uid)
    if booking is None:
        raise Refusal(404, f"Booking with uid={uid} was not found in the database")
    return booking


def save(simulator: Simulator, booking: Document, **changes: Any) -> Document:
    """Stores the changed booking with a new `updatedAt`."""
    changed = {**booking, **changes, "updatedAt": iso(simulator.clock.now())}
    return simulator.store.put("bookings", changed["uid"], changed)


def _check_movable(booking: Document) -> None:
    uid = booking["uid"]
    if new := booking.get("rescheduledToUid"):
        raise Refusal(
            400, f"Can't reschedule booking with uid={uid} because it has been rescheduled to {new}"
        )
    if booking["status"] == "cancelled":
        raise Refusal(400, f"Can't reschedule booking with uid={uid} because it has been cancelled")
    if booking["status"] == "rejected":
        raise Refusal(400, f"Can't reschedule booking with uid={uid} because it has been rejected")


def _new_place(simulator: Simulator, event_type: Document, booking: Document, start: Any) -> Span:
    moment, old = parse(start), span_of(booking)
    assert moment is not None  # noqa: S101 - checked with the form
    if moment < simulator.clock.now():
        raise Refusal(400, "Attempting to book a meeting in the past.")
    span = Span(moment, moment + (old.end - old.start))
    if not Availability(simulator, event_type).is_bookable_now(moment):
        raise Refusal(400, OUT_OF_WINDOW)
    return span


def _hosts(
    simulator: Simulator, event_type: Document, booking: Document, span: Span, body: Any
) -> list[Document]:
    availability = Availability(simulator, event_type, ignored=booking["uid"])
    free = availability.free_hosts(span) if availability.is_open(span) else []
    same = [host for host in free if host["userId"] == booking["hosts"][0]["id"]]
    keep = event_type["schedulingType"] is None or body.get("rescheduleWithSameHost")
    hosts = same if keep else availability.hosts_for(span) if free else []
    if not hosts:
        raise Refusal(400, USER_TAKEN if event_type["teamId"] is None else HOSTS_TAKEN)
    return hosts


async def reschedule(simulator: Simulator, uid: str, body: Any) -> Document:
    """The new booking; the old one is cancelled and points to it. A seated booking keeps its uid."""
    booking = booking_of(simulator, uid)
    _check_movable(booking)
    event_type = event_type_of(simulator.store, booking["eventTypeId"])
    span = _new_place(simulator, event_type, booking, body.get("start"))
    hosts = _hosts(simulator, event_type, booking, span, body)
    pauses = draw_pauses(simulator)
    await asyncio.sleep(pauses.before)
    moved = _move(simulator, event_type, booking, span, hosts, body)
    await asyncio.sleep(pauses.after)
    trigger = "BOOKING_REQUESTED" if moved["status"] == "pending" else "BOOKING_RESCHEDULED"
    await announce(simulator, trigger, event_type, moved, previous=booking)
    return moved


def _move(
    simulator: Simulator,
    event_type: Document,
    booking: Document,
    span: Span,
    hosts: list[Document],
    body: Any,
) -> Document:
    times = {"start": iso(span.start), "end": iso(span.end), "sequence": booking["sequence"] + 1}
    if seats_of(event_type) is not None:
        return save(simulator, booking, **times, reschedulingReason=body.get("reschedulingReason"))
    now = iso(simulator.clock.now())
    moved = {
        **booking,
        **times,
        "id": simulator.store.next_number("bookings", 50001),
        "uid": new_uid(),
        "hosts": [booking_host(host) for host in hosts],
        "status": _status_after_move(event_type, booking, body),
        "createdAt": now,
        "updatedAt": now,
        "rescheduledFromUid": booking["uid"],
        "reschedulingReason": body.get("reschedulingReason"),
        "rescheduledByEmail": body.get("rescheduledBy"),
    }
    old = {**booking, "status": "cancelled", "rescheduledToUid": moved["uid"], "updatedAt": now}
    check_unique(simulator, moved)
    simulator.store.save([("bookings", old["uid"], old), ("bookings", moved["uid"], moved)])
    return moved


def _status_after_move(event_type: Document, booking: Document, body: Any) -> str:
    """Where confirmation is required only the owner's own address confirms at once."""
    owners = {host["email"] for host in booking["hosts"]}
    if not requires_confirmation(event_type) or body.get("rescheduledBy") in owners:
        return "accepted"
    return "pending"


async def cancel(simulator: Simulator, uid: str, body: Any) -> list[Document]:
    """The webhook is awaited before the row changes, as at the provider: a GET meanwhile says accepted."""
    booking = booking_of(simulator, uid)
    if booking["status"] == "cancelled":
        raise Refusal(400, f"Can't cancel booking with uid={uid} because it has been cancelled already")
    event_type = event_type_of(simulator.store, booking["eventTypeId"])
    if seats_of(event_type) is not None and body.get("seatUid"):
        return [await _leave_seat(simulator, event_type, booking, body)]
    reason = body.get("cancellationReason")
    gone = {**booking, "status": "cancelled", "cancellationReason": reason}
    await announce(simulator, "BOOKING_CANCELLED", event_type, gone)
    return [
        save(simulator, each, status="cancelled", cancellationReason=reason, sequence=each["sequence"] + 1)
        for each in _with_series(simulator, booking, every=bool(body.get("cancelSubsequentBookings")))
    ]


def _with_series(simulator: Simulator, booking: Document, *, every: bool) -> list[Document]:
    series = booking.get("recurringBookingUid")
    if not (every and series):
        return [booking]
    return [
        other
        for other in simulator.store.all("bookings")
        if other.get("recurringBookingUid") == series
        and other["start"] >= booking["start"]
        and other["status"] in {"accepted", "pending"}
    ]


async def _leave_seat(simulator: Simulator, event_type: Document, booking: Document, body: Any) -> Document:
    leaving = [each for each in booking["attendees"] if each["seatUid"] == body["seatUid"]]
    if not leaving:
        raise Refusal(404, f"Seat with uid={body['seatUid']} does not exist.")
    left = [each for each in booking["attendees"] if each not in leaving]
    gone = {**booking, "status": "cancelled", "attendees": leaving}
    gone["cancellationReason"] = body.get("cancellationReason")
    await announce(simulator, "BOOKING_CANCELLED", event_type, gone)
    return save(simulator, booking, attendees=left, status="accepted" if left else "cancelled")


async def confirm(simulator: Simulator, booking: Document) -> Document:
    """Also a rejected booking can still become accepted."""
    if booking["status"] == "accepted":
        raise Refusal(400, "Booking already confirmed")
    if booking["status"] == "cancelled":
        raise Refusal(400, "Booking has been cancelled")
    event_type = event_type_of(simulator.store, booking["eventTypeId"])
    confirmed = {**booking, "status": "accepted"}
    check_unique(simulator, confirmed)
    confirmed = save(simulator, confirmed)
    await announce(simulator, "BOOKING_CREATED", event_type, confirmed)
    return confirmed


async def decline(simulator: Simulator, booking: Document, reason: str | None) -> Document:
    """Rejects a pending booking, and with it its whole series; one webhook."""
    if booking["status"] != "pending":
        raise Refusal(400, f"Booking with uid={booking['uid']} can't be declined: it is {booking['status']}")
    event_type = event_type_of(simulator.store, booking["eventTypeId"])
    each_declined = [
        save(simulator, each, status="rejected", rejectionReason=reason)
        for each in _with_series(simulator, booking, every=True)
    ]
    await announce(simulator, "BOOKING_REJECTED", event_type, each_declined[0])
    return each_declined[0]


async def mark_absent(simulator: Simulator, booking: Document, body: Any) -> Document:
    """Marks host or attendees; only attendees are announced."""
    absent = {entry["email"]: bool(entry["absent"]) for entry in body.get("attendees") or []}
    if body.get("host") is None and not absent:
        raise Refusal(400, "Either host or attendees has to be provided")
    attendees = [
        {**each, "absent": absent.get(each["email"], each["absent"])} for each in booking["attendees"]
    ]
    host = body.get("host", booking["absentHost"])
    changed = save(simulator, booking, attendees=attendees, absentHost=host)
    if absent:
        event_type = event_type_of(simulator.store, booking["eventTypeId"])
        await announce_absence(simulator, event_type, changed, absent)
    return changed
