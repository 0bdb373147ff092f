"""The endpoints of event types, teams, and `me`."""

from typing import Any

from starlette.routing import Route

from infra.simulators.calcom.access import OLDEST, Call, endpoint
from infra.simulators.calcom.accounts import me
from infra.simulators.calcom.errors import Refusal, validation
from infra.simulators.calcom.event_types import (
    change_event_type,
    event_type_of,
    make_event_type,
    owned,
    shown,
    shown_old,
)
from infra.simulators.calcom.teams import check_member, shown_team, teams_of
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


def _of_team(call: Call, team: int) -> list[Document]:
    slug, order = call.query("eventSlug"), call.query("sortCreatedAt")
    if order not in {None, "asc", "desc"}:
        raise validation(("sortCreatedAt", "sortCreatedAt must be one of the following values: asc, desc"))
    found = [
        event_type
        for event_type in call.store.all("event-types")
        if event_type["teamId"] == team and slug in {None, event_type["slug"]}
    ]
    return sorted(found, key=lambda event_type: int(event_type["id"]), reverse=order == "desc")


def _team(call: Call) -> int | None:
    """The team in the path, of which the caller is a member."""
    if "teamId" not in call.request.path_params:
        return None
    team = int(call.path("teamId"))
    check_member(call.store, call.account, team)
    return team


async def _teams(call: Call) -> Any:
    return [shown_team(call.account, team) for team in teams_of(call.store, call.account)]


async def _collection(call: Call) -> Any:
    team = _team(call)
    if call.method == "POST":
        body = {**await call.object(), "teamId": team}
        body.pop("id", None)
        return call.created(shown(make_event_type(call.store, call.account, body)))
    found = _personal(call) if team is None else _of_team(call, team)
    if call.version(*_VERSIONS) == OLDEST and team is None:
        return {"eventTypeGroups": [{"teamId": None, "eventTypes": [shown_old(each) for each in found]}]}
    return [shown(each) for each in found]


def _known(call: Call) -> Document:
    """By a team's path: one of that team's, whoever its owner is."""
    number, team = call.path("eventTypeId"), _team(call)
    if team is None:
        return owned(call.store, call.account, number)
    event_type = event_type_of(call.store, number)
    if event_type["teamId"] != team:
        raise Refusal(404, f"Event type with id {number} not found")
    return event_type


async def _one(call: Call) -> Any:
    team, event_type = _team(call), _known(call)
    if call.method == "PATCH":
        changes = await call.object()
        owner = call.store.get("accounts", str(event_type["ownerId"])) or call.account
        event_type = change_event_type(call.store, owner, event_type, changes)
    if call.method == "DELETE":
        return _delete(call, event_type)
    if call.version(*_VERSIONS) == OLDEST and team is None:
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
    """`me`, teams, personal event types, team event types."""
    every, single = endpoint(simulator, _collection), endpoint(simulator, _one)
    changing = ["GET", "PATCH", "DELETE"]
    team = "/v2/teams/{teamId:int}/event-types"
    return [
        Route("/v2/me", endpoint(simulator, _me), methods=["GET"]),
        Route("/v2/teams", endpoint(simulator, _teams), methods=["GET"]),
        Route("/v2/event-types", every, methods=["GET", "POST"]),
        Route("/v2/event-types/{eventTypeId:int}", single, methods=changing),
        Route(team, every, methods=["GET", "POST"]),
        Route(team + "/{eventTypeId:int}", single, methods=changing),
    ]
