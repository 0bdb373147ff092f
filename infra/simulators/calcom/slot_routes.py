"""Free times, and reservations of them."""

import uuid
from datetime import timedelta
from typing import Any

from starlette.routing import Route

from infra.simulators.calcom.access import OLDEST, Call, endpoint
from infra.simulators.calcom.booking_rules import NO_LENGTHS
from infra.simulators.calcom.errors import Refusal, validation
from infra.simulators.calcom.event_types import event_type_of
from infra.simulators.calcom.looks import COUNT, Look, wrong_types
from infra.simulators.calcom.slots import Availability, Span
from infra.simulators.calcom.times import is_zone, iso, parse, parse_bound
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_VERSION = "2024-09-04"
_RESERVATION: dict[str, Look] = dict.fromkeys(("eventTypeId", "slotDuration", "reservationDuration"), COUNT)
_RESERVED_MINUTES = 5
_FURTHEST_DAYS = 400


def _event_type(call: Call) -> Document:
    if number := call.query("eventTypeId"):
        return event_type_of(call.store, number)
    slug, username = call.query("eventTypeSlug"), call.query("username")
    for event_type in call.store.all("event-types"):
        owner = call.store.get("accounts", str(event_type["ownerId"])) or {}
        if slug and (event_type["slug"], owner.get("username")) == (slug, username):
            return event_type
    if slug is None:
        raise validation(("eventTypeId", "eventTypeId or eventTypeSlug + username must be provided"))
    raise Refusal(404, f"Event type with slug {slug} not found")


def _asked(call: Call, start: str = "start", end: str = "end") -> Span:
    first = parse_bound(call.query(start) or "", end=False)
    last = parse_bound(call.query(end) or "", end=True)
    if first is None or last is None:
        raise validation(
            (start, f"{start} and {end} must be valid ISO 8601 date strings"),
        )
    # A slot in the past is never offered; nobody looks further than a year.
    now = call.simulator.clock.now()
    return Span(max(first, now - timedelta(days=1)), min(last, now + timedelta(days=_FURTHEST_DAYS)))


def _minutes(call: Call, event_type: Document) -> int:
    duration = call.query("duration")
    if duration is None:
        return int(event_type["lengthInMinutes"])
    if not (duration.isascii() and duration.isdigit()):
        raise validation(("duration", "duration must be a number"))
    if int(duration) not in (event_type.get("lengthInMinutesOptions") or [event_type["lengthInMinutes"]]):
        raise Refusal(400, NO_LENGTHS.replace("lengthInMinutes", "duration"))
    return int(duration)


def _zone(call: Call) -> str:
    zone = call.query("timeZone") or "UTC"
    if not is_zone(zone):
        raise validation(("timeZone", "timeZone must be a valid IANA time-zone"))
    return zone


async def _slots(call: Call) -> Any:
    # A key is not needed, but a wrong one is refused.
    _ = call.visitor
    if call.version(_VERSION) == OLDEST:
        raise Refusal(404, f"Cannot GET {call.request.url.path}?{call.request.url.query}")
    wanted = call.query("format") or "time"
    if wanted not in {"time", "range"}:
        raise validation(("format", "format must be one of the following values: range, time"))
    event_type, zone = _event_type(call), _zone(call)
    availability = Availability(call.simulator, event_type, ignored=call.query("bookingUidToReschedule"))
    return availability.by_day(_asked(call), _minutes(call, event_type), zone, ranges=wanted == "range")


async def _available(call: Call) -> Any:
    """The oldest version's own path and shape."""
    event_type = _event_type(call)
    asked = _asked(call, "startTime", "endTime")
    days = Availability(call.simulator, event_type).by_day(
        asked, _minutes(call, event_type), _zone(call), ranges=False
    )
    return {"slots": {day: [{"time": slot["start"]} for slot in slots] for day, slots in days.items()}}


def _reservation_input(call: Call, body: Document) -> tuple[Document, Span, int]:
    if problems := wrong_types(body, _RESERVATION):
        raise validation(*problems)
    event_type = event_type_of(call.store, body.get("eventTypeId"))
    start = parse(body.get("slotStart"))
    if start is None:
        raise validation(("slotStart", "slotStart must be a valid ISO 8601 date string"))
    minutes = body.get("reservationDuration")
    if minutes is not None and call.visitor is None:
        raise Refusal(401, "reservationDuration can only be used for authenticated requests")
    length = body.get("slotDuration") or event_type["lengthInMinutes"]
    return event_type, Span(start, start + timedelta(minutes=length)), minutes or _RESERVED_MINUTES


async def _reserve(call: Call) -> Any:
    event_type, span, minutes = _reservation_input(call, await call.object())
    availability = Availability(call.simulator, event_type)
    if next(availability.slots(Span(span.start, span.start), _length(span)), None) is None:
        raise Refusal(422, f"Slot with startTime={iso(span.start)} is not available or already reserved")
    return call.created(_save(call, str(uuid.uuid4()), event_type, span, minutes))


def _save(call: Call, uid: str, event_type: Document, span: Span, minutes: int) -> Document:
    reservation = {
        "eventTypeId": event_type["id"],
        "slotStart": iso(span.start),
        "slotEnd": iso(span.end),
        "slotDuration": _length(span),
        "reservationUid": uid,
        "reservationDuration": minutes,
        "reservationUntil": iso(call.simulator.clock.now() + timedelta(minutes=minutes)),
    }
    return call.store.put("reservations", uid, reservation)


def _length(span: Span) -> int:
    return int((span.end - span.start) / timedelta(minutes=1))


async def _reservation(call: Call) -> Any:
    uid = call.path("uid")
    reservation = call.store.get("reservations", uid)
    if reservation is None:
        raise Refusal(404, f"Slot reservation with uid={uid} not found")
    if call.method == "PATCH":
        event_type, span, minutes = _reservation_input(call, {**reservation, **await call.object()})
        return _save(call, uid, event_type, span, minutes)
    if call.method == "DELETE":
        call.store.delete("reservations", uid)
    return reservation


def slot_routes(simulator: Simulator) -> list[Route]:
    """Slots and reservations."""
    return [
        Route("/v2/slots", endpoint(simulator, _slots), methods=["GET"]),
        Route("/v2/slots/available", endpoint(simulator, _available), methods=["GET"]),
        Route("/v2/slots/reservations", endpoint(simulator, _reserve), methods=["POST"]),
        Route(
            "/v2/slots/reservations/{uid}",
            endpoint(simulator, _reservation),
            methods=["GET", "PATCH", "DELETE"],
        ),
    ]
