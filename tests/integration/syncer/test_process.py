"""The process itself: events come and leave by the broker, what is broken becomes a dead letter."""

import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aio_pika
import pytest

from infra.simulators.control import CalcomControl
from infra.simulators.runner import Simulators
from shared.contracts import names
from shared.contracts.envelope import Attributes, Envelope, now
from shared.db.outbox import put
from tests.integration.syncer.conftest import ENCRYPTION_KEY
from tests.integration.syncer.test_appointments import webhook
from tests.processes import Process, running
from tests.support import eventually

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World


@pytest.fixture(scope="module")
async def syncer(
    database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    environment = {
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": database_url,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "STRIPE_API_KEY": "sk_test_1",
        "SUSPENSION_GRACE_DAYS": "0",
    }
    log: Path = tmp_path_factory.mktemp("syncer") / "syncer.log"
    async with running("services.syncer", log, environment) as process:
        yield process


async def send(world: "World", event_type: str, data: Any) -> str:
    """By the outbox, which the syncer's own relay empties."""
    attributes = Attributes(
        id=f"test:{secrets.token_hex(8)}",
        source="test",
        type=event_type,
        time=now(),
        companyid=world.company,
        correlationid="k1",
    )
    async with world.database.transaction() as session:
        await put(session, Envelope.of(attributes, data))
    return attributes.id


async def settled(world: "World", event_id: str, state: str) -> dict[str, Any]:
    """The delivery in the syncer's queue, once it is in ``state``."""
    query = "select * from deliveries where event_id like %s and state = %s and queue like 'syncer.%%'"

    async def probe() -> list[dict[str, Any]]:
        return world.rows(query, event_id, state)

    return (await eventually(probe, of=f"{event_id} is {state}"))[0]


@pytest.mark.usefixtures("syncer")
async def test_a_webhook_becomes_an_appointment_and_its_delivery_is_done(world: "World") -> None:
    sent = await send(world, "calcom.booking_created", webhook("u1"))
    row = await settled(world, sent, "done")
    assert row["queue"] == names.SYNCER_BOOKINGS
    assert world.appointment("u1")["status"] == "accepted"


@pytest.mark.usefixtures("syncer")
async def test_each_kind_of_event_finds_its_handler(world: "World") -> None:
    call = {"call": {"call_id": "c1", "call_status": "ended"}}
    bill = {"created": 1, "data": {"object": {"id": f"sub_{world.company}", "status": "active"}}}
    sent = [
        await send(world, "retell.call_ended", call),
        await send(world, "stripe.customer.subscription.created", bill),
        await send(world, "booking.hinted", _hint(world)),
    ]
    for event_id in sent:
        await settled(world, event_id, "done")


@pytest.mark.usefixtures("syncer")
async def test_the_end_of_a_grace_comes_by_the_broker_and_suspends(world: "World") -> None:
    identity = {"id": f"sub_{world.company}", "metadata": {"company_id": world.company}}
    for created, status in ((1, "active"), (2, "canceled")):
        bill = {"created": created, "data": {"object": {**identity, "status": status}}}
        await settled(world, await send(world, "stripe.customer.subscription.updated", bill), "done")

    async def suspended() -> bool:
        query = "select status from companies where id = %s"
        return bool(world.rows(query, world.company)[0]["status"] == "suspended")

    await eventually(suspended, of="the company is suspended")
    due = await settled(world, f"company.suspension_due:{world.company}:%", "done")
    assert (due["queue"], due["attempt"]) == (names.SYNCER_BILLING, 1)


def _hint(world: "World") -> dict[str, Any]:
    return {"company_id": world.company, "uid": "u1", "hinted_at": "2026-03-01T10:00:00Z"}


@pytest.mark.usefixtures("syncer")
async def test_a_webhook_without_uid_is_a_dead_letter_with_its_story(world: "World") -> None:
    sent = await send(world, "calcom.booking_created", {"payload": {"title": "no uid"}})
    row = await settled(world, sent, "dead")
    assert row["reason"] == "rejected"
    assert "uid is missing" in row["error"]["message"]
    assert row["body"] is not None


async def test_each_line_about_a_call_names_event_case_company_branch_call_and_queue(
    world: "World", syncer: Process
) -> None:
    world.execute(
        "insert into phone_numbers (company_id, number, branch_id) values (%s, '+498912345', 'mitte')",
        world.company,
    )
    call = {"call_id": "c1", "to_number": "+498912345", "start_timestamp": 1752562800000}
    sent = {await send(world, "retell.call_started", {"call": call}): names.SYNCER_CALLS}
    booking = webhook("u1", metadata={"call_id": "c1"})
    sent[await send(world, "calcom.booking_created", booking)] = names.SYNCER_BOOKINGS
    ended = {"call": {**call, "call_status": "ended", "end_timestamp": 1752562875000}}
    sent[await send(world, "retell.call_ended", ended)] = names.SYNCER_CALLS
    sent[await send(world, "retell.call_analyzed", {"call": {**call, "start_timestamp": []}})] = (
        names.SYNCER_CALLS
    )
    broken = {**_hint(world), "hinted_at": "never", "branch_id": "mitte", "call_id": "c1"}
    sent[await send(world, "booking.hinted", broken)] = names.SYNCER_BOOKINGS
    for event_id, queue in sent.items():
        lines = await _lines(syncer, event_id)
        assert [line["event"] for line in lines][-1] == "delivery.settled"
        for line in lines:
            assert len(line["trace_id"]) == 32
            said = [
                line.get(name) for name in ("queue", "correlation_id", "company_id", "call_id", "branch_id")
            ]
            assert said == [queue, "k1", world.company, "c1", "mitte"], line


async def _lines(process: Process, event_id: str) -> list[dict[str, Any]]:
    """What the process said about a delivery, once it is settled."""

    async def probe() -> list[dict[str, Any]]:
        whole = [text for text in process.log.read_text().splitlines() if text.endswith("}")]
        lines = [line for text in whole if (line := json.loads(text)).get("event_id") == event_id]
        return lines if any(line["event"] == "delivery.settled" for line in lines) else []

    return await eventually(probe, of=f"the lines about {event_id}")


async def test_the_process_ends_cleanly_when_it_is_told_to(syncer: Process) -> None:
    assert await syncer.stop() == 0


async def test_the_process_reads_the_catalogue_and_tells_its_change_by_the_broker(
    connected: "World",
    calcom: CalcomControl,
    simulators: Simulators,
    broker_url: str,
    tmp_path: Path,
) -> None:
    made = await calcom.add_event_type(connected.account["id"], "Schnitt", 30)
    connected.execute("update companies set calcom_api_key_encrypted = null where id = %s", connected.company)
    environment = {
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": connected.url,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "CALCOM_BASE_URL": simulators.calcom_url,
    }

    async def read() -> list[dict[str, Any]]:
        query = "select * from calcom_event_types where company_id = %s and id = %s"
        return connected.rows(query, connected.company, made["id"])

    connection = await aio_pika.connect(broker_url)
    async with connection, running("services.syncer", tmp_path / "syncer.log", environment):
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(names.EVENTS_EXCHANGE, "catalogue.changed")
        # Now its turn has come: nothing is sent before somebody listens.
        key = connected.vault.seal(connected.account["apiKey"])
        update = "update companies set calcom_api_key_encrypted = %s where id = %s"
        connected.execute(update, key, connected.company)
        assert (await eventually(read, of="the event type"))[0]["bookable"] == "placeholder"
        async with queue.iterator(timeout=30) as messages:
            async for message in messages:
                told = json.loads(message.body)
                if told["companyid"] == connected.company:
                    break
        assert told["data"]["company_id"] == connected.company
