"""The endpoints of event types, and `me`."""

from typing import Any

from starlette.routing import Route

from infra.simulators.calcom.access import OLDEST, Call, endpoint
from infra.simulators.calcom.accounts import me
from infra.simulators.calcom.errors import Refusal
from infra.simulators.calcom.event_types import (
    change_event_type,
    make_event_type,
    owned,
    shown,
    shown_old,
)
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_VERSIONS = ("2024-06-14", "2026-06-12")


async def _me(call: Call) -> Any:
    return me(call.account)


def _owner(call: Call) -> Document:
    """The account named in the query, else the caller."""
    username = call.query("username")
    if username is None:
        return call.account
    for account in call.store.all("accounts"):
        if account["username"] == username:
            return account
    raise Refusal(404, f"User with username {username} not found")


def _personal(call: Call) -> list[Document]:
    owner, slug = _owner(call), call.query("eventSlug")
    return [
        event_type
        for event_type in call.store.all("event-types")
        if event_type["ownerId"] == owner["id"]
        and event_type["teamId"] is None
        and slug in {None, event_type["slug"]}
    ]


def _of_team(call: Call) -> list[Document]:
    slug = call.query("eventSlug")
    return [
        event_type
        for event_type in call.store.all("event-types")
        if str(event_type["teamId"]) == call.path("teamId")
        and event_type["ownerId"] == call.account["id"]
        and slug in {None, event_type["slug"]}
    ]


def _team(call: Call) -> dict[str, int]:
    team = call.request.path_params.get("teamId")
    return {"teamId": int(team)} if team else {}


async def _collection(call: Call) -> Any:
    team = _team(call)
    if call.method == "POST":
        body = {**await call.object(), **team}
        body.pop("id", None)
        return call.created(shown(make_event_type(call.store, call.account, body)))
    found = _of_team(call) if team else _personal(call)
    if call.version(*_VERSIONS) == OLDEST and not team:
        return {"eventTypeGroups": [{"teamId": None, "eventTypes": [shown_old(each) for each in found]}]}
    return [shown(each) for each in found]


async def _one(call: Call) -> Any:
    event_type = owned(call.store, call.account, call.path("eventTypeId"))
    if call.method == "PATCH":
        changes = await call.object()
        event_type = change_event_type(call.store, call.account, event_type, changes)
    if call.method == "DELETE":
        return _delete(call, event_type)
    if call.version(*_VERSIONS) == OLDEST and not _team(call):
        return {"eventType": shown_old(event_type)}
    return shown(event_type)


def _delete(call: Call, event_type: Document) -> Any:
    call.store.delete("event-types", str(event_type["id"]))
    return {
        "id": event_type["id"],
        "lengthInMinutes": event_type["lengthInMinutes"],
        "slug": event_type["slug"],
        "title": event_type["title"],
    }


def event_type_routes(simulator: Simulator) -> list[Route]:
    """`me`, personal event types, team event types."""
    every, single = endpoint(simulator, _collection), endpoint(simulator, _one)
    changing = ["GET", "PATCH", "DELETE"]
    team = "/v2/teams/{teamId}/event-types"
    return [
        Route("/v2/me", endpoint(simulator, _me), methods=["GET"]),
        Route("/v2/event-types", every, methods=["GET", "POST"]),
        Route("/v2/event-types/{eventTypeId:int}", single, methods=changing),
        Route(team, every, methods=["GET", "POST"]),
        Route(team + "/{eventTypeId:int}", single, methods=changing),
    ]
