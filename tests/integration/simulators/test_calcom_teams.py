"""Teams at Cal.com, and what happens to webhooks while nobody looks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

DAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date().isoformat()
TEN = f"{DAY}T10:00:00Z"
VERSION = {"cal-api-version": "2024-06-14"}
CUT = {"title": "Cut", "slug": "cut", "lengthInMinutes": 30, "schedulingType": "roundRobin"}


async def ids(salon: Any, path: str, **query: str) -> list[int]:
    answer = await salon.http.get(path, params=query, headers=VERSION)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["data"]]


async def test_an_account_sees_the_teams_that_it_is_in(salon: Any) -> None:
    assert await ids(salon, "/v2/teams") == []
    stranger = await salon.control.add_account(username="stranger")
    mine = await salon.control.add_team(salon.id, stranger["id"])
    await salon.control.add_team(stranger["id"])
    implied = await salon.team_event_type(teamId=7)
    assert await ids(salon, "/v2/teams") == [7, mine]
    assert await ids(salon, "/v2/teams/7/event-types") == [implied]
    assert await ids(salon, f"/v2/teams/{mine}/event-types") == []


async def test_a_team_of_an_organization_names_it(salon: Any, organization: Any) -> None:
    for each, parent in ((salon, None), (organization, 77)):
        await each.control.add_team(each.id)
        (team,) = (await each.http.get("/v2/teams")).json()["data"]
        assert (team["isOrganization"], team.get("parentId")) == (False, parent)


async def test_a_member_makes_sees_and_changes_the_teams_event_types_whoever_owns_them(salon: Any) -> None:
    colleague = await salon.control.add_account(username="colleague")
    team = await salon.control.add_team(salon.id, colleague["id"])
    path = f"/v2/teams/{team}/event-types"
    hosts = [{"userId": salon.id}, {"userId": colleague["id"]}]
    made = (await salon.http.post(path, json={**CUT, "hosts": hosts}, headers=VERSION)).json()["data"]
    other = (await salon.http.post(path, json={**CUT, "slug": "b", "hosts": hosts}, headers=VERSION)).json()
    headers = {**VERSION, "Authorization": f"Bearer {colleague['apiKey']}"}
    async with httpx.AsyncClient(base_url=salon.control.root, headers=headers, trust_env=False) as http:
        listed = (await http.get(path, params={"sortCreatedAt": "desc"})).json()["data"]
        changed = await http.patch(f"{path}/{made['id']}", json={"lengthInMinutes": 45})
    assert [each["id"] for each in listed] == [other["data"]["id"], made["id"]]
    assert [host["userId"] for host in listed[1]["hosts"]] == [salon.id, colleague["id"]]
    assert (changed.status_code, changed.json()["data"]["lengthInMinutes"]) == (200, 45)
    assert await ids(salon, path, eventSlug="b") == [other["data"]["id"]]
    assert await ids(salon, "/v2/event-types") == []


async def test_nobody_else_reaches_a_team(salon: Any) -> None:
    stranger = await salon.control.add_account(username="stranger")
    team = await salon.control.add_team(stranger["id"])
    for path in (f"/v2/teams/{team}/event-types", "/v2/teams/999/event-types"):
        assert (await salon.http.get(path, headers=VERSION)).status_code == 403
        assert (await salon.http.post(path, json=CUT, headers=VERSION)).status_code == 403


async def test_an_event_type_is_found_under_its_own_team_alone(salon: Any) -> None:
    other = await salon.control.add_team(salon.id)
    event_type = await salon.team_event_type(teamId=7)
    assert (await salon.http.get(f"/v2/teams/7/event-types/{event_type}", headers=VERSION)).status_code == 200
    path = f"/v2/teams/{other}/event-types/{event_type}"
    assert (await salon.http.get(path, headers=VERSION)).status_code == 404


async def test_an_unknown_order_is_refused(salon: Any) -> None:
    team = await salon.control.add_team(salon.id)
    query = {"sortCreatedAt": "newest"}
    answer = await salon.http.get(f"/v2/teams/{team}/event-types", params=query, headers=VERSION)
    assert answer.status_code == 400


async def test_a_webhook_is_altered_and_deleted_behind_the_apis_back(salon: Any, receiver: Any) -> None:
    made = await salon.webhook(receiver.url, "BOOKING_CREATED", secret="geheim")
    changes = {"secret": "anders", "triggers": ["MEETING_ENDED"], "payloadTemplate": "{}", "active": False}
    await salon.control.alter_webhook(made["id"], **changes)
    read = (await salon.http.get(f"/v2/webhooks/{made['id']}")).json()["data"]
    assert {name: read[name] for name in changes} == changes
    await salon.booked(await salon.event_type(), TEN)
    assert receiver.arrived == []
    await salon.control.delete_webhook(made["id"])
    assert (await salon.http.get("/v2/webhooks")).json()["data"] == []
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await salon.control.delete_webhook(made["id"])
