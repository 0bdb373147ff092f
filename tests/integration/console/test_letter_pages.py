"""Groups and letters by the API, by askpro and on their pages; who may not is refused, however they ask."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.console.bench import PASSWORD
from tests.support import eventually

QUEUE = "syncer.booking-requests"


@pytest.fixture(scope="module")
async def letter(bench: Any) -> dict[str, Any]:
    """A dead letter whose text is read."""
    from tests.integration.console.bench import an_event

    data = {"uid": "u-4711", "token": "hunter2", "attendee": {"email": "a@example.com"}, "<b>": "</pre>"}
    event = an_event("booking.requested", data, correlationid="call_9")
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    row: dict[str, Any] = await bench.delivery(QUEUE, event.id, "dead")
    await bench.row("select * from dead_letter_texts where delivery_id = %s and text is not null", row["id"])
    return row


@pytest.fixture
async def visitor(bench: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=20) as browser:
        await browser.post("/login", data={"name": "operator", "password": PASSWORD, "next": "/"})
        yield browser


def token_of(page: str) -> str:
    return page.split('name="csrf" value="')[1].split('"', maxsplit=1)[0]


async def test_a_group_has_an_address_numbers_and_a_letter(bench: Any, letter: Any) -> None:
    listed = (await bench.http.get("/api/groups", params={"queue": QUEUE, "state": "open"})).json()
    (group,) = listed["items"]
    assert (group["id"], group["count"], group["error_class"]) == (letter["group_id"], 1, "broker.rejected")
    story = (await bench.http.get(f"/api/groups/{group['id']}")).json()
    assert (story["newest"], len(story["hours"]), len(group["hours"])) == (letter["id"], 168, 24)
    assert (await bench.http.get("/api/groups/none")).status_code == 404
    found = (await bench.http.get("/api/dead-letters", params={"group": group["id"]})).json()["items"]
    assert [one["id"] for one in found] == [letter["id"]]


async def test_a_letter_is_found_by_its_payload_and_never_by_a_secret(bench: Any, letter: Any) -> None:
    async def found(**query: str) -> list[int]:
        answer = await bench.http.get("/api/dead-letters", params=query)
        return [one["id"] for one in answer.json()["items"]]

    assert await found(search="u-4711") == [letter["id"]]
    assert await found(search="U-4711", queue=QUEUE) == [letter["id"]]
    assert await found(search="u-4711", company="zeta") == []
    assert await found(search="hunter2") == []
    assert await found(since="2020-01-01T00:00:00Z", until="2020-01-02T00:00:00Z") == []
    for broken in ({"search": "u-"}, {"cursor": "made-up"}, {"since": "yesterday"}):
        assert (await bench.http.get("/api/dead-letters", params=broken)).status_code == 422


async def test_a_viewer_may_neither_search_payloads_nor_say_what_a_group_is(bench: Any, letter: Any) -> None:
    path = f"/api/groups/{letter['group_id']}"
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.get(path)).status_code == 200
        assert (await viewer.get("/api/dead-letters", params={"search": "u-4711"})).status_code == 403
        assert (await viewer.post(f"{path}/state", json={"state": "resolved"})).status_code == 403
        assert (await viewer.post(f"{path}/note", json={"note": "x"})).status_code == 403
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False) as browser:
        await browser.post("/login", data={"name": "viewer", "password": PASSWORD, "next": "/"})
        page = await browser.get(f"/dead-letters/groups/{letter['group_id']}")
        assert (page.status_code, "/state" in page.text) == (200, False)
        wish = {"csrf": token_of(page.text), "state": "resolved"}
        sent = await browser.post(f"/dead-letters/groups/{letter['group_id']}/state", data=wish)
        assert sent.status_code == 403
        assert (await browser.get("/dead-letters", params={"search": "u-4711"})).status_code == 403
    assert (await bench.http.get(path)).json()["state"] == "open"


async def test_a_state_needs_an_end_where_it_is_to_end_and_nowhere_else(bench: Any, letter: Any) -> None:
    path = f"/api/groups/{letter['group_id']}/state"
    for wrong in ({"state": "ignored"}, {"state": "resolved", "until_more": 3}, {"state": "gone"}):
        assert (await bench.http.post(path, json=wrong)).status_code == 422, wrong
    ignored = (
        await bench.http.post(path, json={"state": "ignored", "until_more": 3, "reason": "known"})
    ).json()
    assert (ignored["state"], ignored["until_total"], ignored["state_by"]) == ("ignored", 4, "admin")
    assert (await bench.http.post(path, json={"state": "open"})).json()["until_total"] is None


async def test_a_group_that_recurs_is_open_again_on_its_page(
    bench: Any, letter: Any, visitor: httpx.AsyncClient, make_event: Any
) -> None:
    path = f"/dead-letters/groups/{letter['group_id']}"
    form = {"csrf": token_of((await visitor.get(path)).text)}
    await visitor.post(f"{path}/note", data={**form, "note": "Cal.com <knows>"})
    answer = await visitor.post(f"{path}/state", data={**form, "state": "acknowledged"})
    assert answer.status_code == 303
    page = (await visitor.get(path)).text
    assert 'class="mark group.acknowledged"' in page
    assert "Cal.com &lt;knows&gt;" in page
    assert f'href="/dead-letters/{letter["id"]}"' in page
    event = make_event("booking.requested", {"again": True})
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)

    async def is_open() -> bool:
        return 'class="mark group.open"' in (await visitor.get(path)).text

    await eventually(is_open)
    told = "select * from event_log where type = 'group.appeared' and subject = %s"
    assert await bench.row(told, letter["group_id"])
    assert "group.reopened" in (await visitor.get(path)).text


async def test_the_page_of_the_list_keeps_what_was_asked_for(visitor: httpx.AsyncClient, letter: Any) -> None:
    page = (await visitor.get("/dead-letters", params={"company": "acme", "error": "written down"})).text
    assert f'href="/dead-letters/{letter["id"]}"' in page
    assert 'name="company" value="acme"' in page
    assert f'href="/dead-letters/groups/{letter["group_id"]}' not in page
    grouped = (await visitor.get("/dead-letters", params={"company": "acme"})).text
    assert f'href="/dead-letters/groups/{letter["group_id"]}?company=acme"' in grouped
    found = (await visitor.get("/dead-letters", params={"search": "u-4711"})).text
    assert f'href="/dead-letters/{letter["id"]}"' in found
    assert (await visitor.get("/dead-letters", params={"since": "then"})).status_code == 422


async def test_what_is_done_with_a_list_is_done_with_exactly_what_it_shows(
    bench: Any, letter: Any, visitor: httpx.AsyncClient
) -> None:
    asked = {
        "search": "u-4711",
        "reason": "rejected",
        "since": "2026-01-01T00:00",
        "until": "2126-01-01T00:00",
    }
    page = (await visitor.get(f"/dead-letters/groups/{letter['group_id']}", params=asked)).text
    form = page.split('action="/dead-letters/replay"')[1].split("</form>", maxsplit=1)[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert fields.keys() == {"csrf", "group", "search", "dead_reason", "since", "until"}
    planned = await visitor.post("/dead-letters/replay", data=fields)
    operation = (await bench.http.get(f"/api{planned.headers['location']}")).json()
    (queue,) = operation["preflight"]["queues"]
    assert (queue["queue"], queue["letters"]) == (QUEUE, 1)
    wider = {"search": "u-4711", "company_id": "zeta", "kind": "replay"}
    nothing = await bench.http.post("/api/operations", json=wider)
    assert nothing.status_code in {409, 422} or nothing.json()["preflight"]["queues"] == []


async def test_the_page_of_a_letter_tells_its_story_and_leads_both_ways(
    bench: Any, letter: Any, visitor: httpx.AsyncClient
) -> None:
    page = (await visitor.get(f"/dead-letters/{letter['id']}")).text
    assert f'href="/dead-letters/groups/{letter["group_id"]}"' in page
    assert '<span class="string">&#34;u-4711&#34;</span>' in page
    assert '<span class="hidden">&#34;[redacted]&#34;</span>' in page
    assert "</pre>&#34;" not in page
    assert '<th scope="row">message_id</th>' in page
    assert f'<a href="/events/{letter["event_id"].replace(":", "%3A")}">' in page
    edit = {"patch": {"uid": "u-4712"}, "reason": "typo"}
    sent = (await bench.http.post(f"/api/dead-letters/{letter['id']}/edit", json=edit)).json()
    copy = await bench.row("select * from deliveries where event_id = %s", sent["event_id"])
    assert copy["copy_of"] == letter["id"]
    old = (await visitor.get(f"/dead-letters/{letter['id']}")).text
    new = (await visitor.get(f"/dead-letters/{copy['id']}")).text
    assert f'href="/dead-letters/{copy["id"]}"' in old
    assert f'href="/dead-letters/{letter["id"]}"' in new
    # Its bytes went to the broker; the log has them.
    assert "u-4712" in new


async def test_askpro_says_what_a_group_is(bench: Any, letter: Any) -> None:
    listed = (await bench.askpro("dead-letters", "groups", "--empty", "--json")).json["items"]
    assert letter["group_id"] in [one["id"] for one in listed]
    found = ("dead-letters", "list", "--search", "u-4711", "--json")
    assert letter["id"] in [one["id"] for one in (await bench.askpro(*found, "--discarded")).json["items"]]
    assert (await bench.askpro(*found, "--until", "7d")).json["items"] == []
    assert (await bench.askpro(*found, "--cursor", "made-up")).code == 1
    group = ("dead-letters", "group")
    assert (await bench.askpro(*group, "ignore", letter["group_id"])).code == 2
    ignored = await bench.askpro(
        *group, "ignore", letter["group_id"], "--until", "2h", "--per-hour", "9", "--json"
    )
    assert (ignored.json["state"], ignored.json["until_per_hour"]) == ("ignored", 9)
    noted = await bench.askpro(*group, "note", letter["group_id"], "look at Cal.com")
    assert (noted.code, "look at Cal.com" in noted.out) == (0, True)
    opened = await bench.askpro(*group, "reopen", letter["group_id"])
    assert "group.noted" in opened.out
    assert (await bench.askpro(*group, "show", "none")).code == 1
