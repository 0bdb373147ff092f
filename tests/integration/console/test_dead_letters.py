"""What the broker gives up becomes a row; a person replays, edits or discards it."""

from typing import Any

import pytest

from shared.contracts.envelope import Envelope, parse_envelope
from tests.support import eventually

QUEUE = "syncer.booking-requests"
_FAILED_ONCE = (
    "update deliveries set history ="
    " jsonb_build_array(jsonb_build_object('attempt', 1, 'at', now() - %s::interval)) where id = %s"
)
KEY = "cal_live_0123456789"


@pytest.fixture
async def letter(bench: Any, make_event: Any) -> dict[str, Any]:
    """A delivery that was rejected before its failure could be written down."""
    data = {
        "uid": "u",
        "start": "then",
        "attendee": {"email": "a@example.com"},
        "api_key": "cal_live_0123456789",
    }
    event = make_event("booking.requested", data, correlationid="call_7")
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    row: dict[str, Any] = await bench.delivery(QUEUE, event.id, "dead")
    return row


async def test_a_rejected_delivery_without_a_row_is_filed_from_the_message(bench: Any, letter: Any) -> None:
    assert letter["reason"] == "rejected"
    assert letter["event_type"] == "booking.requested"
    assert letter["company_id"] == "acme"
    assert parse_envelope(bytes(letter["body"])).id == letter["event_id"]  # type: ignore[union-attr]
    assert letter["properties"]["message_id"] == letter["event_id"]
    assert not [name for name in letter["properties"]["headers"] if name.startswith("x-")]
    told = await bench.row(
        "select * from event_log where type = 'dead_letter.recorded' and subject = %s", letter["event_id"]
    )
    assert told["company_id"] == "acme"
    assert (told["causation_id"], told["correlation_id"]) == (letter["event_id"], "call_7")
    assert await bench.depth("syncer.dead-letters") == 0


async def test_a_delivery_settled_before_is_only_taken_from_the_queue(bench: Any, make_event: Any) -> None:
    event = make_event("booking.requested", {})
    await bench.tell(event)
    row = await bench.delivery(QUEUE, event.id, "waiting")
    bench.rows("update deliveries set state = 'done' where id = %s", row["id"])
    await bench.reject(QUEUE)

    async def empty() -> bool:
        return bool(await bench.depth("syncer.dead-letters") == 0)

    await eventually(empty)
    assert bench.rows("select state from deliveries where id = %s", row["id"])[0]["state"] == "done"


async def test_a_copy_that_comes_after_a_replay_does_not_undo_it(bench: Any, make_event: Any) -> None:
    event = make_event("booking.requested", {})
    await bench.tell(event)
    row = await bench.delivery(QUEUE, event.id, "waiting")
    # The edge has written the story and a person has sent it again, all before the console takes the copy.
    bench.rows(_FAILED_ONCE, "0 minutes", row["id"])
    await bench.reject(QUEUE)
    await eventually(lambda: _filed(bench, event.id))
    assert bench.rows("select state from deliveries where id = %s", row["id"])[0]["state"] == "waiting"


async def test_one_that_fails_again_after_a_replay_is_dead_again(bench: Any, make_event: Any) -> None:
    event = make_event("booking.requested", {})
    await bench.tell(event)
    row = await bench.delivery(QUEUE, event.id, "waiting")
    bench.rows(_FAILED_ONCE, "10 minutes", row["id"])
    await bench.reject(QUEUE)
    await bench.delivery(QUEUE, event.id, "dead")


@pytest.mark.parametrize("odd", ["a\x00b", "".join(chr(0x10000 + (n * 7919) % 0x2FFFF) for n in range(512))])
async def test_what_no_column_takes_is_filed_all_the_same(bench: Any, make_event: Any, odd: str) -> None:
    event = make_event("booking.requested", {}, correlationid=odd)
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    row = await bench.delivery(QUEUE, event.id, "dead")
    assert bytes(row["body"]) == event.raw


async def _filed(bench: Any, event_id: str) -> bool:
    log = (bench.folder / "console.log").read_text()
    return any("dead_letter.filed" in line and event_id in line for line in log.splitlines())


async def test_poison_is_filed_under_its_work_queue_and_shown_as_it_is(bench: Any) -> None:
    await bench.publish(b"\xff<not json>", key="booking.requested", message_id="poison:1")
    await bench.delivery(QUEUE, "poison:1", "waiting")
    await bench.reject(QUEUE)
    row = await bench.delivery(QUEUE, "poison:1", "dead")
    story = (await bench.http.get(f"/api/dead-letters/{row['id']}")).json()
    assert story["payload"] is None
    assert story["raw"] == "\\xff<not json>"


async def test_a_message_from_quarantine_is_filed_under_the_queue_it_came_from(
    bench: Any, make_event: Any
) -> None:
    event = make_event("booking.requested", {})
    headers = {"work-queue": QUEUE, "delivery-attempt": 2}
    await bench.publish(event.raw, key=event.type, message_id=event.id, queue="syncer.quarantine", **headers)
    await bench.reject("syncer.quarantine")
    assert (await bench.delivery(QUEUE, event.id, "dead"))["attempt"] == 2


async def test_a_replay_keeps_id_and_history_and_starts_at_attempt_one(bench: Any, letter: Any) -> None:
    answer = await bench.http.post("/api/dead-letters/replay", json={"ids": [letter["id"]]})
    assert answer.json() == {"count": 1, "ids": [letter["id"]]}
    row = await bench.delivery(QUEUE, letter["event_id"], "waiting")
    assert len(row["history"]) == 1
    message = await _taken(bench)
    assert message.message_id == letter["event_id"]
    assert message.headers["delivery-attempt"] == 1
    assert "x-death" not in message.headers
    assert message.body == bytes(letter["body"])
    again = await bench.http.post("/api/dead-letters/replay", json={"ids": [letter["id"]]})
    assert again.status_code == 409
    deeds = (await bench.http.get(f"/api/dead-letters/{letter['id']}")).json()["deeds"]
    assert [(deed["operator"], deed["action"]) for deed in deeds] == [("admin", "dead_letter.replayed")]


async def test_one_that_was_replayed_in_vain_is_told_again(bench: Any, letter: Any) -> None:
    await bench.http.post("/api/dead-letters/replay", json={"ids": [letter["id"]]})
    await bench.delivery(QUEUE, letter["event_id"], "waiting")
    await bench.reject(QUEUE)
    row = await bench.delivery(QUEUE, letter["event_id"], "dead")
    assert len(row["history"]) == 2

    async def told_twice() -> bool:
        statement = "select 1 from event_log where type = 'dead_letter.recorded' and subject = %s"
        return len(bench.rows(statement, letter["event_id"])) == 2

    from tests.support import eventually

    await eventually(told_twice)


async def test_an_edit_is_a_new_event_to_that_queue_alone_and_discards_the_old(
    bench: Any, letter: Any
) -> None:
    wish = {"patch": {"start": "now", "attendee": {"email": None}}, "reason": "typing error", "force": True}
    answer = await bench.http.post(f"/api/dead-letters/{letter['id']}/edit", json=wish)
    assert answer.status_code == 202, answer.text
    fresh = answer.json()["event_id"]
    message = await _taken(bench)
    envelope = parse_envelope(message.body)
    assert isinstance(envelope, Envelope)
    assert envelope.id == fresh == message.message_id
    assert envelope.attributes.causationid == letter["event_id"]
    # What is shown redacted was not written back redacted.
    assert envelope.data == {"uid": "u", "start": "now", "attendee": {}, "api_key": KEY}
    logged = await bench.row("select * from event_log where id = %s", fresh)
    assert (logged["handled"], bytes(logged["body"])) == (True, envelope.raw)
    assert [
        one["queue"] for one in bench.rows("select queue from deliveries where event_id = %s", fresh)
    ] == [QUEUE]
    old = await bench.delivery(QUEUE, letter["event_id"], "discarded")
    assert old["settled_by"] == "admin"
    assert old["settled_reason"] == f"replaced by {fresh}: typing error"
    assert (await bench.http.post(f"/api/dead-letters/{letter['id']}/edit", json=wish)).status_code == 409


async def test_a_discard_needs_a_reason_and_keeps_the_name(bench: Any, letter: Any) -> None:
    without = await bench.http.post("/api/dead-letters/discard", json={"ids": [letter["id"]], "reason": " "})
    assert without.status_code == 422
    wish = {"ids": [letter["id"]], "reason": "customer was called"}
    assert (await bench.http.post("/api/dead-letters/discard", json=wish)).json()["count"] == 1
    row = await bench.delivery(QUEUE, letter["event_id"], "discarded")
    assert (row["settled_by"], row["settled_reason"]) == ("admin", "customer was called")


async def test_nothing_chosen_is_refused_for_replay_and_discard(bench: Any) -> None:
    assert (await bench.http.post("/api/dead-letters/replay", json={})).status_code == 422
    assert (await bench.http.post("/api/dead-letters/discard", json={"reason": "why not"})).status_code == 422


async def test_filters_find_by_queue_company_and_error_and_groups_count(bench: Any, letter: Any) -> None:
    for query in ({"queue": QUEUE}, {"company": "acme"}, {"reason": "rejected"}, {"error": "written DOWN"}):
        items = (await bench.http.get("/api/dead-letters", params=query)).json()["items"]
        assert letter["id"] in [item["id"] for item in items], query
    none = (await bench.http.get("/api/dead-letters", params={"error": "100%"})).json()
    assert none == {"items": [], "next": None}
    groups = (await bench.http.get("/api/dead-letters/groups", params={"queue": QUEUE})).json()["items"]
    group = next(one for one in groups if one["id"] == letter["group_id"])
    assert group["count"] >= 1
    chosen = {"group": group["id"], "reason": "all of them"}
    gone = (await bench.http.post("/api/dead-letters/discard", json=chosen)).json()
    assert gone["count"] == group["count"]


async def test_secrets_and_people_are_hidden_from_everybody(bench: Any, letter: Any) -> None:
    path = f"/api/dead-letters/{letter['id']}"
    seen = (await bench.http.get(path)).json()["payload"]["data"]
    assert seen["api_key"] == "[redacted]"
    assert seen["attendee"] == {"email": "•••"}
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.get(path)).json()["payload"]["data"] == seen
        refused = await viewer.post("/api/dead-letters/replay", json={"ids": [letter["id"]]})
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"


async def _taken(bench: Any) -> Any:
    """The next message of the work queue, acknowledged."""
    import aio_pika

    from tests.support import eventually

    async def there() -> bool:
        return bool(await bench.depth(QUEUE))

    await eventually(there)
    connection = await aio_pika.connect(bench.broker_url)
    async with connection:
        queue = await (await connection.channel()).get_queue(QUEUE, ensure=False)
        message = await queue.get()
        await message.ack()
    return message
