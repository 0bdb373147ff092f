"""Bulk operations by the JSON API, by forms and by askpro: who may, what is asked, what is answered."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from shared.db.engine import Database
from tests.integration.console.bench import PASSWORD
from tests.integration.console.ward import QUEUE, Ward
from tests.support import eventually


@pytest.fixture
async def ward(bench: Any) -> AsyncIterator[Ward]:
    database = Database(bench.database_url, application="test", pool_size=1)
    with psycopg.connect(bench.database_url, row_factory=dict_row, autocommit=True) as connection:
        yield Ward(connection, database)
    await database.close()


async def planned(bench: Any, group: str, **wanted: Any) -> dict[str, Any]:
    wish = {"group": group, "rate": 100, "reason": "mended", **wanted}
    answer = await bench.http.post("/api/operations", json=wish)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def decided(bench: Any, operation_id: int, deed: str, **wish: Any) -> Any:
    return await bench.http.post(f"/api/operations/{operation_id}/{deed}", json=wish)


async def ended(bench: Any, operation_id: int) -> dict[str, Any]:
    async def probe() -> dict[str, Any] | None:
        told: dict[str, Any] = (await bench.http.get(f"/api/operations/{operation_id}")).json()
        return told if told["state"] != "running" else None

    return await eventually(probe, of="the operation's end")  # type: ignore[return-value]  # never None


@asynccontextmanager
async def consumed(ward: Ward, group: str) -> AsyncIterator[None]:
    """As long as it lasts everything that is sent is done."""

    async def consume() -> None:
        while True:
            ward.consume("done", group)
            await asyncio.sleep(0.2)

    consuming = asyncio.create_task(consume())
    try:
        yield
    finally:
        consuming.cancel()


async def test_an_operation_is_planned_confirmed_watched_and_told_letter_by_letter(
    bench: Any, ward: Ward
) -> None:
    ward.die(5, "by api")
    plan = await planned(bench, "by api", name="after the release")
    assert (plan["state"], plan["name"], plan["progress"]["total"]) == ("planned", "after the release", 5)
    assert plan["preflight"]["overtaken"]["looked_at"] == 5
    # No syncer runs here, and whoever confirms is told so.
    assert {"queue": QUEUE, "circuit": None} in plan["obstacles"]
    assert ward.states("by api") == {"dead": 5}
    async with consumed(ward, "by api"):
        assert (await decided(bench, plan["id"], "confirm", rate=200)).json()["rate"] == 200
        told = await ended(bench, plan["id"])
    assert (told["state"], told["progress"]["done"]) == ("done", 5)
    assert (await decided(bench, plan["id"], "pause")).status_code == 409
    items = (await bench.http.get(f"/api/operations/{plan['id']}/items", params={"limit": 2})).json()["items"]
    assert [(one["place"], one["state"]) for one in items] == [(1, "done"), (2, "done")]
    rest = {"after": 2, "state": "done"}
    more = (await bench.http.get(f"/api/operations/{plan['id']}/items", params=rest)).json()["items"]
    assert [one["place"] for one in more] == [3, 4, 5]
    listed = (await bench.http.get("/api/operations", params={"state": "done"})).json()["items"]
    assert plan["id"] in [one["id"] for one in listed]


async def test_a_viewer_may_watch_and_decide_nothing(bench: Any, ward: Ward) -> None:
    ward.die(1, "watched")
    plan = await planned(bench, "watched")
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.get(f"/api/operations/{plan['id']}")).status_code == 200
        refused = [
            await viewer.post("/api/operations", json={"group": "watched"}),
            *[
                await viewer.post(f"/api/operations/{plan['id']}/{deed}", json={})
                for deed in ("confirm", "pause", "resume", "cancel")
            ],
        ]
    assert {answer.status_code for answer in refused} == {403}
    assert ward.states("watched") == {"dead": 1}


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({}, 422),
        ({"group": "nobody's"}, 409),
        ({"all": True, "kind": "discard"}, 422),
        ({"all": True, "rate": 0}, 422),
        ({"all": True, "threshold": 1.5}, 422),
        ({"all": True, "kind": "patch-replay"}, 422),
        ({"all": True, "patch": [{"op": "remove", "path": "/a"}]}, 422),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(bench: Any, wish: dict[str, Any], status: int) -> None:
    assert (await bench.http.post("/api/operations", json=wish)).status_code == status


async def test_the_page_plans_what_its_filters_leave_and_no_more(bench: Any, ward: Ward) -> None:
    ward.die(2, "filtered")
    ward.die(1, "filtered", name="other:", company="other")
    ward.die(1, "filtered", name="other type:", type="call.recorded")
    ward.sql("update deliveries set updated_at = '2026-01-01' where event_id = 'filtered:2'")
    group = ward.sql("select group_id from deliveries where fingerprint = 'filtered' limit 1")[0]["group_id"]
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=20) as browser:
        await browser.post("/login", data={"name": "operator", "password": PASSWORD, "next": "/"})
        found = re.search(r'name="csrf" value="(\w+)"', (await browser.get("/operations")).text)
        assert found is not None
        about = {"company_id": "acme", "type": "booking.requested", "since": "2026-06-01T00:00:00+00:00"}
        form = {"csrf": found[1], "group": group, **about}
        page = (await browser.post("/dead-letters/replay", data=form)).headers["location"]
        text = (await browser.get(page)).text
        assert "Begin: 1 letters" in text
        form = {**form, "dead_reason": "rejected"}
        assert (await browser.post("/dead-letters/replay", data=form)).status_code == 409
    await bench.http.post(f"/api{page}/confirm", json={})
    items = (await bench.http.get(f"/api{page}/items")).json()["items"]
    known = ward.sql("select id from deliveries where event_id = 'filtered:1'")
    assert [one["id"] for one in items] == [known[0]["id"]]


async def test_more_than_a_thousand_at_once_are_refused_and_none_of_them_is_touched(
    bench: Any, ward: Ward
) -> None:
    """In one transaction they would fail whole after five seconds, or begin and not be stopped any more."""
    ward.die(1_001, "too many")
    for deed in ("replay", "discard"):
        wish = {"group": "too many", "reason": "all of them"}
        answer = await bench.http.post(f"/api/dead-letters/{deed}", json=wish)
        assert answer.status_code == 409
        assert "/api/operations" in answer.json()["detail"]
    assert ward.states("too many") == {"dead": 1_001}


async def test_askpro_shows_what_it_would_meet_and_begins_nothing_unless_somebody_says_yes(
    bench: Any, ward: Ward
) -> None:
    ward.die(3, "asked")
    asked = await bench.askpro("dead-letters", "replay", "--group", "asked")
    assert (asked.code, ward.states("asked")) == (2, {"dead": 3})
    assert QUEUE in asked.out
    assert "--yes" in asked.err
    listed = (await bench.askpro("operations", "list", "--json")).json["items"]
    assert listed[0]["state"] == "cancelled"


async def test_askpro_replays_a_group_to_its_end(bench: Any, ward: Ward) -> None:
    ward.die(4, "by askpro")
    ward.die(1, "by askpro", name="long ago:")
    ward.sql("update deliveries set updated_at = now() - interval '3 days' where event_id = 'long ago:1'")
    async with consumed(ward, "by askpro"):
        chosen = ("--group", "by askpro", "--since", "2d")
        gone = await bench.askpro("dead-letters", "replay", *chosen, "--yes")
    assert (gone.code, "4 done" in gone.out) == (0, True), gone.err
    number = gone.out.split("Operation ")[1].split()[0]
    told = (await bench.askpro("operations", "show", number, "--letters", "all", "--json")).json
    assert {one["state"] for one in told["items"]} == {"done"}


async def test_askpro_pauses_resumes_and_cancels(bench: Any, ward: Ward) -> None:
    ward.die(50, "interrupted")
    begun = await bench.askpro(
        "dead-letters", "replay", "--group", "interrupted", "--yes", "--no-wait", "--json"
    )
    number = str(begun.json["id"])
    assert (await bench.askpro("operations", "pause", number)).code == 0
    assert (await bench.askpro("operations", "pause", number)).code == 1
    assert (await bench.askpro("operations", "resume", number, "--rate", "5", "--json")).json["rate"] == 5
    assert (await bench.askpro("operations", "cancel", number)).code == 2
    assert (await bench.askpro("operations", "cancel", number, "--yes")).code == 0
    # What a script waits for has not come true.
    assert (await bench.askpro("operations", "show", number, "--watch")).code == 1


async def test_a_group_is_discarded_by_its_form_after_its_plan_was_confirmed(bench: Any, ward: Ward) -> None:
    ward.die(2, "by form")
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=20) as browser:
        await browser.post("/login", data={"name": "operator", "password": PASSWORD, "next": "/"})
        found = re.search(r'name="csrf" value="(\w+)"', (await browser.get("/operations")).text)
        assert found is not None
        token = {"csrf": found[1]}
        form = {"group": "by form", "reason": "all were called", **token}
        page = (await browser.post("/dead-letters/discard", data=form)).headers["location"]
        assert ward.states("by form") == {"dead": 2}
        assert "Begin: 2 letters" in (await browser.get(page)).text
        assert (await browser.post(f"{page}/confirm", data=token)).status_code == 303
    await ended(bench, int(page.rpartition("/")[2]))
    assert ward.states("by form") == {"discarded": 2}
