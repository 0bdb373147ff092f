"""A dead letter tells its whole story: by the API, by askpro and on its page; whoever filed it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import httpx
import pytest

from tests.integration.console.bench import PASSWORD

QUEUE = "syncer.calls"
STORY = {
    "class": "shared.errors.CallRefusedError",
    "message": "the provider said no",
    "place": "shared/clients/retell/calls.py:41 fetch",
    "service": "syncer",
    "version": "7.8.9",
    "host": "worker-3",
}


@pytest.fixture
async def letter(bench: Any, make_event: Any) -> dict[str, Any]:
    """One that its service gave up at the second attempt, with everything that the edge writes."""
    event = make_event("retell.call_ended", {"call_id": "c1"})
    history = [{"attempt": number, "at": f"2026-01-05T10:00:0{number}+00:00", **STORY} for number in (1, 2)]
    properties = {"message_id": event.id, "type": event.type, "headers": {"own": {"$bytes": "AAE="}}}
    bench.rows(
        "insert into deliveries (queue, event_id, state, attempt, event_type, company_id, body, properties,"
        " history, reason, error, fingerprint, first_seen_at) values"
        " (%s, %s, 'dead', 2, %s, 'acme', %s, %s, %s, 'attempts_exhausted', %s, 'f',"
        " now() - interval '3 days')",
        QUEUE, event.id, event.type, event.raw, json.dumps(properties), json.dumps(history),
        json.dumps({**STORY, "stack": "Traceback (most recent call last): here"}),
    )  # fmt: skip
    row: dict[str, Any] = await bench.delivery(QUEUE, event.id, "dead")
    return row


async def test_the_api_tells_everything(bench: Any, letter: dict[str, Any]) -> None:
    story = (await bench.http.get(f"/api/dead-letters/{letter['id']}")).json()
    assert story["reason"] == "attempts_exhausted"
    assert story["error"] == {**STORY, "stack": "Traceback (most recent call last): here"}
    assert [entry["at"][-14:-6] for entry in story["history"]] == ["10:00:01", "10:00:02"]
    assert all(STORY.items() <= entry.items() for entry in story["history"])
    assert story["payload"]["data"]["call_id"] == "c1"
    assert story["properties"]["headers"] == {"own": {"$bytes": "AAE="}}


async def test_askpro_and_the_page_tell_it_too(bench: Any, letter: dict[str, Any]) -> None:
    text = (await bench.askpro("dead-letters", "show", str(letter["id"]))).out
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=20) as browser:
        await browser.post("/login", data={"name": "operator", "password": PASSWORD, "next": "/"})
        page = (await browser.get(f"/dead-letters/{letter['id']}")).text
    for told in (*STORY.values(), "attempts_exhausted", "Traceback (most recent call last)", "AAE="):
        assert told in text, told
        assert told in page, told


async def test_a_replay_has_all_its_attempts_and_all_its_time_again(
    bench: Any, letter: dict[str, Any]
) -> None:
    await bench.http.post("/api/dead-letters/replay", json={"ids": [letter["id"]]})
    row = await bench.delivery(QUEUE, letter["event_id"], "waiting")
    assert row["attempt"] == 0
    assert datetime.now(UTC) - row["first_seen_at"] < timedelta(minutes=1)
    assert len(row["history"]) == 2
    await bench.purge(QUEUE)


async def test_what_the_broker_gave_up_tells_when_from_where_and_why(bench: Any, make_event: Any) -> None:
    event = make_event("retell.call_ended", {})
    headers = {"work-queue": QUEUE, "delivery-attempt": 3}
    await bench.publish(event.raw, key=event.type, message_id=event.id, queue="syncer.quarantine", **headers)
    started = datetime.now(UTC) - timedelta(seconds=2)
    await _hand_over_until_the_limit(bench, "syncer.quarantine")
    row = await bench.delivery(QUEUE, event.id, "dead")
    story = (await bench.http.get(f"/api/dead-letters/{row['id']}")).json()
    assert (story["reason"], story["error"]["class"]) == ("delivery_limit", "broker.delivery_limit")
    assert "worker died" in story["error"]["message"]
    assert (story["error"]["service"], story["error"]["filed_from"]) == ("syncer", "syncer.dead-letters")
    assert [entry["attempt"] for entry in story["history"]] == [3]
    assert started <= datetime.fromisoformat(story["history"][0]["at"]) <= datetime.now(UTC)
    assert bytes(row["body"]) == event.raw


async def _hand_over_until_the_limit(bench: Any, queue: str, limit: int = 5) -> None:
    connection = await aio_pika.connect(bench.broker_url)
    async with connection:
        channel = await connection.channel()
        source = await channel.get_queue(queue, ensure=False)
        for _ in range(limit + 1):
            await (await source.get(timeout=10)).reject(requeue=True)
