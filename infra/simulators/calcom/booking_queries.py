"""GET /v2/bookings: whose bookings, which of them, in what order."""

from collections.abc import Callable
from typing import Any, TypeAlias

from infra.simulators.calcom.access import Call
from infra.simulators.calcom.errors import validation
from infra.simulators.calcom.times import iso, parse_bound
from infra.simulators.store import Document

Test: TypeAlias = Callable[[Document], bool]

_BOUNDS: tuple[tuple[str, str, bool], ...] = (
    ("afterStart", "start", True),
    ("beforeEnd", "end", False),
    ("afterCreatedAt", "createdAt", True),
    ("beforeCreatedAt", "createdAt", False),
    ("afterUpdatedAt", "updatedAt", True),
    ("beforeUpdatedAt", "updatedAt", False),
)
_SORTS = {"sortStart": "start", "sortEnd": "end", "sortCreated": "createdAt", "sortUpdatedAt": "updatedAt"}
_STATUSES = {"upcoming", "recurring", "past", "cancelled", "unconfirmed"}


def _bound(name: str, field: str, text: str, *, after: bool) -> Test:
    moment = parse_bound(text, end=not after)
    if moment is None:
        raise validation((name, f"{name} must be a valid ISO 8601 date string"))
    limit = iso(moment)
    return (lambda booking: booking[field] >= limit) if after else (lambda booking: booking[field] <= limit)


def _status(text: str, now: str) -> Test:
    wanted = {part.strip() for part in text.split(",")}
    if unknown := wanted - _STATUSES:
        raise validation(
            ("status", f"Invalid status. Allowed are {sorted(_STATUSES)}, not {sorted(unknown)}")
        )
    tests: dict[str, Test] = {
        "upcoming": lambda booking: _is_live(booking) and booking["end"] >= now,
        "recurring": lambda booking: _is_live(booking) and bool(booking.get("recurringBookingUid")),
        "past": lambda booking: _is_live(booking) and booking["end"] < now,
        "cancelled": lambda booking: booking["status"] in {"cancelled", "rejected"},
        "unconfirmed": lambda booking: booking["status"] == "pending",
    }
    return lambda booking: any(tests[each](booking) for each in wanted)


def _is_live(booking: Document) -> bool:
    return booking["status"] in {"accepted", "pending"}


def _attendee(field: str, wanted: str) -> Test:
    if field == "email":
        return lambda booking: any(each["email"] == wanted for each in booking["attendees"])
    return lambda booking: any(wanted.lower() in each["name"].lower() for each in booking["attendees"])


def _event_types(text: str) -> Test:
    numbers = set(text.split(","))
    return lambda booking: str(booking["eventTypeId"]) in numbers


def _tests(call: Call) -> list[Test]:
    now = iso(call.simulator.clock.now())
    query = call.request.query_params
    tests = [
        _bound(name, field, query[name], after=after) for name, field, after in _BOUNDS if query.get(name)
    ]
    makers: dict[str, Callable[[str], Test]] = {
        "status": lambda text: _status(text, now),
        "attendeeEmail": lambda text: _attendee("email", text),
        "attendeeName": lambda text: _attendee("name", text),
        "eventTypeId": _event_types,
        "eventTypeIds": _event_types,
        "bookingUid": lambda text: lambda booking: booking["uid"] == text,
    }
    return tests + [make(query[name]) for name, make in makers.items() if query.get(name)]


def _is_theirs(account: Document, booking: Document) -> bool:
    hosts = {host["id"] for host in booking["hosts"]}
    return account["id"] in hosts or account["email"] in {each["email"] for each in booking["attendees"]}


def find_bookings(call: Call) -> list[Any]:
    """Raises Refusal 400 for a filter that cannot be read."""
    account, tests = call.account, _tests(call)
    owned = {each["id"] for each in call.store.all("event-types") if each["ownerId"] == account["id"]}
    found = [
        booking
        for booking in call.store.all("bookings")
        if (booking["eventTypeId"] in owned or _is_theirs(account, booking))
        and all(test(booking) for test in tests)
    ]
    for name, field in _SORTS.items():
        if order := call.query(name):
            found.sort(key=lambda booking: str(booking[field]), reverse=order == "desc")
    return found
