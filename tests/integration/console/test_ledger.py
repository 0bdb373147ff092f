"""What vanishes behind our back is unaccounted for, has a name, and comes back from the event log."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import httpx
import pytest

from tests.integration.console.bench import PASSWORD
from tests.support import eventually

QUEUE = "syncer.billing"


@pytest.fixture
async def lost(bench: Any, make_event: Any) -> Any:
    """An event that somebody purged from its queue, a while ago."""
    await bench.purge(QUEUE)
    event = make_event("stripe.invoice.paid", {"amount": 4200}, correlationid="cus_1")
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.purge(QUEUE)
    await asyncio.to_thread(_age, bench, event.id)
    yield event
    bench.rows("delete from deliveries where queue = %s", QUEUE)
    await bench.purge(QUEUE)


async def test_a_purged_message_is_unaccounted_for_until_a_person_sends_it_again(
    bench: Any, lost: Any
) -> None:
    await _unaccounted(bench, 1)
    told = await bench.askpro("ledger", "--since", "10m", "--json")
    assert (told.code, told.json["unaccounted"]) == (1, 1)
    assert {item["id"]: item["unaccounted"] for item in told.json["items"]}[QUEUE] == 1
    missing = (await bench.askpro("ledger", "missing", "--json")).json
    assert [(item["id"], item["queue"]) for item in missing["items"]] == [(lost.id, QUEUE)]
    assert (await bench.askpro("ledger", "send-again")).code == 2
    sent = await bench.askpro("ledger", "send-again", "--reason", "the queue was purged", "--json")
    assert (sent.code, sent.json["items"]) == (0, [{"id": lost.id, "queue": QUEUE}]), sent.err
    await bench.delivery(QUEUE, lost.id, "waiting")
    message = await _taken(bench)
    assert (message.message_id, message.body, message.headers["delivery-attempt"]) == (lost.id, lost.raw, 1)
    assert (message.type, message.correlation_id) == (lost.type, "cus_1")
    assert message.content_type == "application/cloudevents+json"
    assert (await bench.askpro("ledger")).code == 0
    deed = bench.rows("select * from audit where action = 'delivery.sent_again'")[-1]
    assert (deed["operator"], deed["reason"]) == ("admin", "the queue was purged")
    again = await bench.askpro("ledger", "send-again", "--reason", "once more")
    assert (again.code, "Nothing is unaccounted for" in again.err) == (1, True)


async def test_what_nobody_has_any_more_becomes_a_dead_letter_that_can_only_be_discarded(
    bench: Any, lost: Any
) -> None:
    bench.rows("delete from event_log where id = %s", lost.id)
    await _unaccounted(bench, 1)
    sent = await bench.askpro("ledger", "send-again", lost.id, "--reason", "a disk was lost", "--json")
    assert (sent.json["count"], sent.json["lost"]) == (0, [{"id": lost.id, "queue": QUEUE}]), sent.err
    row = await bench.delivery(QUEUE, lost.id, "dead")
    assert (row["reason"], row["error"]["class"]) == ("lost", "broker.lost")
    await _unaccounted(bench, 0)
    replayed = await bench.http.post("/api/dead-letters/replay", json={"ids": [row["id"]]})
    assert replayed.status_code == 409
    wish = {"ids": [row["id"]], "reason": "asked the customer"}
    assert (await bench.http.post("/api/dead-letters/discard", json=wish)).json()["count"] == 1


async def test_the_page_lists_what_is_missing_and_sends_it_again(bench: Any, lost: Any) -> None:
    await _unaccounted(bench, 1)
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=20) as browser:
        await browser.post("/login", data={"name": "operator", "password": PASSWORD, "next": "/"})
        page = await browser.get("/missing")
        assert lost.id in page.text
        token = re.search(r'name="csrf" value="(\w+)"', page.text)
        assert token is not None
        form = {"csrf": token.group(1), "reason": "purged"}
        answer = await browser.post("/missing/send-again", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/missing?notice=replayed&value=1")
    await bench.delivery(QUEUE, lost.id, "waiting")
    assert (await _taken(bench)).message_id == lost.id


@pytest.mark.usefixtures("lost")
async def test_only_what_was_accepted_since_then_is_counted_and_blamed(bench: Any, make_event: Any) -> None:
    await _unaccounted(bench, 1)
    await asyncio.sleep(0.01)
    now = datetime.now(UTC).isoformat()
    event = make_event("booking.requested", {})
    await bench.tell(event)
    await bench.delivery("syncer.booking-requests", event.id, "waiting")
    view = (await bench.http.get("/api/ledger", params={"since": now})).json()
    assert (view["accepted"], view["unhandled"], view["unaccounted"]) == (1, 0, 0)
    counted = {item["id"]: item["waiting"] for item in view["items"]}
    assert counted == {"syncer.booking-requests": 1, QUEUE: 0}


async def test_a_late_message_is_no_loss_and_is_not_sent_again(bench: Any, make_event: Any) -> None:
    event = make_event("stripe.invoice.paid", {})
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    _age(bench, event.id)
    await _unaccounted(bench, 0)
    wish = {"reason": "to be sure"}
    assert (await bench.http.post("/api/ledger/send-again", json=wish)).status_code == 409


async def test_sending_again_takes_an_operator_and_a_reason(bench: Any, lost: Any) -> None:
    wish = {"reason": "purged", "ids": [lost.id]}
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.post("/api/ledger/send-again", json=wish)).status_code == 403
    without = await bench.http.post("/api/ledger/send-again", json={"ids": [lost.id]})
    assert without.status_code == 422


async def test_what_is_in_the_outbox_is_accepted_and_to_be_sent(bench: Any, make_event: Any) -> None:
    event = make_event("calcom.kept", {})
    properties = json.dumps({"message_id": event.id, "type": "calcom.kept"})
    # Locked, as by a relay that waits for the broker's confirm.
    async with _holding(bench) as connection:
        await connection.execute(
            "insert into outbox (event_id, event_type, body, properties) values (%s, %s, %s, %s)",
            (event.id, event.type, event.raw, properties),
        )
        await connection.commit()
        await connection.execute("select 1 from outbox for update")
        view = (await bench.http.get("/api/ledger")).json()
        assert view["to_be_sent"] == 1
    await bench.row("select 1 from event_log where id = %s", event.id)
    assert (await bench.http.get("/api/ledger")).json()["to_be_sent"] == 0


def _holding(bench: Any) -> Any:
    from contextlib import asynccontextmanager

    import psycopg

    @asynccontextmanager
    async def hold() -> Any:
        connection = await psycopg.AsyncConnection.connect(bench.database_url)
        async with connection:
            yield connection

    return hold()


def _age(bench: Any, event_id: str) -> None:
    seconds = timedelta(minutes=2)
    bench.rows("update deliveries set updated_at = now() - %s where event_id = %s", seconds, event_id)


async def _unaccounted(bench: Any, number: int) -> None:
    async def probe() -> bool:
        return bool((await bench.http.get("/api/ledger")).json()["unaccounted"] == number)

    await eventually(probe, within=20, of=f"{number} unaccounted")


async def _taken(bench: Any) -> Any:
    connection = await aio_pika.connect(bench.broker_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(QUEUE, ensure=False)

        async def one() -> Any:
            return await queue.get(fail=False)

        message = await eventually(one)
        await message.ack()
        return message
