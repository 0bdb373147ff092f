"""The endpoints of bookings."""

from dataclasses import replace
from typing import Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulators.calcom import booking_changes as changes
from infra.simulators.calcom.access import OLDEST, Call, endpoint
from infra.simulators.calcom.booking_checks import NEWEST, action_problems
from infra.simulators.calcom.booking_input import read_wish
from infra.simulators.calcom.booking_queries import find_bookings
from infra.simulators.calcom.booking_rules import email_of
from infra.simulators.calcom.booking_shapes import shown, shown_old, with_seat
from infra.simulators.calcom.bookings import book
from infra.simulators.calcom.errors import Refusal, validation
from infra.simulators.calcom.event_types import event_type_of, owned
from infra.simulators.calcom.paging import page
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

VERSIONS = ("2024-08-13", NEWEST)


def _event_type(call: Call, body: Any) -> Document:
    if body.get("eventTypeId") is not None:
        return event_type_of(call.store, body["eventTypeId"])
    for event_type in call.store.all("event-types"):
        owner = call.store.get("accounts", str(event_type["ownerId"])) or {}
        if (event_type["slug"], owner.get("username")) == (body["eventTypeSlug"], body.get("username")):
            return event_type
    raise Refusal(404, f"Event type with slug {body['eventTypeSlug']} not found")


def _show(call: Call, booking: Document) -> Document:
    if call.version(*VERSIONS) == OLDEST:
        return shown_old(booking)
    return shown(call.simulator, booking)


async def _create(call: Call) -> Any:
    visitor, body = call.visitor, await call.json()
    if (version := call.version(*VERSIONS)) == OLDEST:
        # The oldest version knows `responses` at the root, and no `attendee`.
        raise validation(("timeZone", "timeZone must be a string"), ("language", "language must be a string"))
    wish = read_wish(body, version)
    event_type = _event_type(call, body)
    if event_type["bookingRequiresAuthentication"] and visitor is None:
        raise Refusal(401, "This event type requires authentication.")
    if visitor is None:
        # Only who manages the event type may book over its rules.
        wish = replace(wish, allow_conflicts=False, allow_out_of_bounds=False)
    bookings, email = await book(call.simulator, event_type, wish), email_of(event_type, wish)
    data = [with_seat(call.simulator, booking, email) for booking in bookings]
    return call.created(data if len(data) > 1 else data[0])


async def _list(call: Call) -> Any:
    part, pagination = page(call, find_bookings(call))
    if call.version(*VERSIONS) == OLDEST:
        return {"bookings": [shown_old(each) for each in part], "recurringInfo": [], "nextCursor": None}
    data = [shown(call.simulator, each) for each in part]
    return JSONResponse({"status": "success", "data": data, "pagination": pagination})


async def _collection(call: Call) -> Any:
    return await (_create(call) if call.method == "POST" else _list(call))


async def _one(call: Call) -> Any:
    uid = call.path("uid")
    series = [each for each in call.store.all("bookings") if each.get("recurringBookingUid") == uid]
    if series:
        return [_show(call, each) for each in series]
    return _show(call, changes.booking_of(call.simulator, uid))


def _own_booking(call: Call) -> Document:
    booking = changes.booking_of(call.simulator, call.path("uid"))
    try:
        owned(call.store, call.account, booking["eventTypeId"])
    except Refusal as error:
        if error.status == 401:  # noqa: PLR2004
            raise
        raise Refusal(403, "User is not allowed to manage this booking") from error
    return booking


async def _action(call: Call, action: str) -> Document:
    body = await call.object()
    if problems := action_problems(action, body):
        raise validation(*problems)
    return body


async def _reschedule(call: Call) -> Any:
    moved = await changes.reschedule(call.simulator, call.path("uid"), await _action(call, "reschedule"))
    return call.created(_show(call, moved))


async def _cancel(call: Call) -> Any:
    if await call.json() is None:
        raise validation(("body", "a body is required, {} at least"))
    cancelled = await changes.cancel(call.simulator, call.path("uid"), await _action(call, "cancel"))
    data = [_show(call, each) for each in cancelled]
    return data if len(data) > 1 else data[0]


async def _confirm(call: Call) -> Any:
    await _action(call, "confirm")
    return _show(call, await changes.confirm(call.simulator, _own_booking(call)))


async def _decline(call: Call) -> Any:
    reason = (await _action(call, "decline")).get("reason")
    return _show(call, await changes.decline(call.simulator, _own_booking(call), reason))


async def _absent(call: Call) -> Any:
    body = await _action(call, "mark-absent")
    return _show(call, await changes.mark_absent(call.simulator, _own_booking(call), body))


def booking_routes(simulator: Simulator) -> list[Route]:
    """Bookings and what happens to them."""
    actions = {
        "reschedule": _reschedule,
        "cancel": _cancel,
        "confirm": _confirm,
        "decline": _decline,
        "mark-absent": _absent,
    }
    return [
        Route("/v2/bookings", endpoint(simulator, _collection), methods=["GET", "POST"]),
        Route("/v2/bookings/{uid}", endpoint(simulator, _one), methods=["GET"]),
        *(
            Route(f"/v2/bookings/{{uid}}/{name}", endpoint(simulator, work), methods=["POST"])
            for name, work in actions.items()
        ),
    ]
