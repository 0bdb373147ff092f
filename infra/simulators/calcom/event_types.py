"""Event types: seeded by control or made through the API, answered in the shape of 2024-06-14 and later."""

from typing import Any
from urllib.parse import quote

from infra.simulators.calcom.errors import Refusal
from infra.simulators.calcom.event_type_rules import check_event_type
from infra.simulators.calcom.fields import complete_form
from infra.simulators.store import Document, Store

_ALL_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
_DEFAULTS: Document = {
    "description": "",
    "locations": [{"type": "organizersDefaultApp"}],
    "disableGuests": False,
    "slotInterval": None,
    "minimumBookingNotice": 0,
    "beforeEventBuffer": 0,
    "afterEventBuffer": 0,
    "recurrence": None,
    "metadata": {},
    "price": 0,
    "currency": "usd",
    "lockTimeZoneToggleOnBookingPage": False,
    "seats": None,
    "successRedirectUrl": None,
    "forwardParamsSuccessRedirect": True,
    "scheduleId": None,
    "isInstantEvent": False,
    "bookingLimitsCount": None,
    "bookingLimitsDuration": None,
    "bookingWindow": None,
    "confirmationPolicy": None,
    "requiresBookerEmailVerification": False,
    "hidden": False,
    "bookingRequiresAuthentication": False,
    "schedulingType": None,
    "teamId": None,
    "parentEventTypeId": None,
    "hosts": [],
}
# Kept with the event type but not shown: the provider keeps them in other tables.
_INTERNAL = {"schedule", "teamFields", "requiresConfirmation"}
# Left out where there is none; everything else that is not there is null.
_OPTIONAL = {"bookingLimitsCount", "bookingLimitsDuration", "bookingWindow", "confirmationPolicy", "seats"}
_OF_TEAMS = {"hosts", "teamId", "schedulingType", "parentEventTypeId"}
_TEAM = {
    "bannerUrl": "",
    "logoUrl": "",
    "weekStart": "Monday",
    "brandColor": "#292929",
    "darkBrandColor": "#fafafa",
    "theme": "light",
}


def _host(store: Store, host: Document) -> Document:
    user = store.get("accounts", str(host["userId"])) or {}
    name = host.get("name") or user.get("name") or f"Host {host['userId']}"
    username = host.get("username") or user.get("username") or f"user-{host['userId']}"
    return {
        "userId": host["userId"],
        "name": name,
        "username": username,
        "email": host.get("email") or user.get("email") or f"{username}@example.org",
        "timeZone": host.get("timeZone") or user.get("timeZone") or "Europe/Berlin",
        "mandatory": host.get("mandatory", False),
        "priority": host.get("priority", "medium"),
        "avatarUrl": None,
    }


def _schedule(owner: Document, wanted: Document | None) -> Document:
    hours = {"days": _ALL_DAYS, "startTime": "09:00", "endTime": "17:00"}
    return {"timeZone": owner["timeZone"], "availability": [hours], "overrides": [], **(wanted or {})}


def make_event_type(store: Store, owner: Document, wanted: Document) -> Document:
    """Raises Refusal for what Cal.com refuses; a slug is unique per owner or team."""
    # A scheduling type exists on team event types only.
    team = wanted.get("teamId") or (1 if wanted.get("schedulingType") else None)
    wanted = {**wanted, "teamId": team}
    check_event_type(owner, wanted)
    same = [
        other
        for other in store.all("event-types")
        if other["slug"] == wanted["slug"] and (other["ownerId"], other["teamId"]) == (owner["id"], team)
    ]
    if same and str(wanted.get("id")) != str(same[0]["id"]):
        raise Refusal(400, "User already has an event type with this slug.")
    number = int(wanted.get("id") or store.next_number("event-types", 3001))
    return store.put("event-types", str(number), _complete(store, owner, {**wanted, "id": number}))


def _complete(store: Store, owner: Document, wanted: Document) -> Document:
    event_type: Document = {**_DEFAULTS, "ownerId": owner["id"], **wanted}
    event_type["bookingFields"] = complete_form(wanted.get("bookingFields") or [])
    event_type["schedule"] = _schedule(owner, wanted.get("schedule"))
    team = event_type["teamId"] is not None
    hosts = event_type["hosts"] if team else [{"userId": owner["id"]}]
    event_type["hosts"] = [_host(store, host) for host in hosts]
    event_type["bookingUrl"] = f"https://cal.com/{quote(owner['username'])}/{quote(event_type['slug'])}"
    if wanted.get("requiresConfirmation"):
        event_type["confirmationPolicy"] = {"type": "always", "blockUnconfirmedBookingsInBooker": False}
    return event_type


def change_event_type(store: Store, owner: Document, event_type: Document, changes: Document) -> Document:
    """Keeps id and owner; the form and the hosts are completed anew."""
    changed = {**event_type, **changes, "id": event_type["id"], "ownerId": event_type["ownerId"]}
    check_event_type(owner, changed)
    if not _is_enabled(changed["confirmationPolicy"]):
        changed["requiresConfirmation"] = False
    return store.put("event-types", str(event_type["id"]), _complete(store, owner, changed))


def _is_enabled(policy: Document | None) -> bool:
    return bool(policy) and not (policy or {}).get("disabled")


def requires_confirmation(event_type: Document) -> bool:
    """A booking of it starts as pending."""
    return _is_enabled(event_type["confirmationPolicy"])


def seats_of(event_type: Document) -> int | None:
    """Seats per time slot, None where seats are off."""
    seats = event_type["seats"]
    return int(seats["seatsPerTimeSlot"]) if _is_enabled(seats) else None


def event_type_of(store: Store, number: object) -> Document:
    """404 for an unknown id."""
    event_type = store.get("event-types", str(number))
    if event_type is None:
        raise Refusal(404, f"Event type with id {number} not found")
    return event_type


def owned(store: Store, account: Document, number: object) -> Document:
    """404 also for somebody else's."""
    event_type = event_type_of(store, number)
    hosts = {host["userId"] for host in event_type["hosts"]}
    if account["id"] != event_type["ownerId"] and account["id"] not in hosts:
        raise Refusal(404, f"Event type with id {number} not found")
    return event_type


def shown(event_type: Document) -> dict[str, Any]:
    """The shape of 2024-06-14 and later; a personal one has users, one of a team has hosts and the team."""
    hidden = _INTERNAL if event_type["teamId"] is not None else _INTERNAL | _OF_TEAMS
    public = {
        name: value
        for name, value in event_type.items()
        if name not in hidden and not (name in _OPTIONAL and value is None)
    }
    return {**public, "seatsPerTimeSlot": seats_of(event_type), **_owners(event_type)}


def _owners(event_type: Document) -> dict[str, Any]:
    if (number := event_type["teamId"]) is not None:
        return {"team": {"id": number, "slug": f"team-{number}", "name": f"Team {number}", **_TEAM}}
    users = [
        {"id": host["userId"], "name": host["name"], "username": host["username"], "metadata": {}}
        for host in event_type["hosts"]
    ]
    return {"users": users}


def shown_old(event_type: Document) -> dict[str, Any]:
    """The shape of 2024-04-15, which an absent or unknown version header gets."""
    names = ("id", "title", "slug", "description", "locations", "metadata", "hidden")
    return {"length": event_type["lengthInMinutes"], **{name: event_type[name] for name in names}}
