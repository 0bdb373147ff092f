"""The notifier as a process: from the broker to the mailbox, and what the ledger says of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from infra.simulators.runner import Simulators
from shared.contracts import names
from shared.contracts.envelope import Envelope
from shared.db.outbox import envelope_of, properties_of
from shared.db.tables import Delivery
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from tests.integration.notifier.bench import Bench
from tests.processes import Process, running
from tests.support import eventually
from tests.unit.notifier.samples import appointment

QUEUES = (names.NOTIFIER_CHAT, names.NOTIFIER_MAIL, names.NOTIFIER_SMS)


@pytest.fixture(scope="module")
async def process(
    inboxes: Simulators, database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    environment = {
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": database_url,
        "SMTP_URL": inboxes.smtp_url,
        "NOTIFY_URLS": f"chat={inboxes.chat_url}",
        "BOOKING_EMAIL_DOMAIN": "bookings.example",
    }
    log = tmp_path_factory.mktemp("notifier") / "log"
    async with running("services.notifier", log, environment) as started:
        yield started
        assert await started.stop() == 0


@pytest.fixture(scope="module")
async def publisher(process: Process, broker_url: str) -> AsyncIterator[Publisher]:
    assert process.child.returncode is None
    publisher = Publisher(broker_url, service="test")
    await publisher.connect()
    yield publisher
    await publisher.close()


async def publish(publisher: Publisher, appointment_id: str) -> Envelope:
    envelope = envelope_of(appointment(appointment_id=appointment_id), source="test")
    await publisher.publish(message_of(envelope.raw, properties_of(envelope)))
    return envelope


async def state_of(notifier: Bench, queue: str, event: Envelope) -> str | None:
    query = select(Delivery.state).where(Delivery.event_id == event.id, Delivery.queue == queue)
    async with notifier.database.transaction() as session:
        return await session.scalar(query)


async def becomes(notifier: Bench, queue: str, event: Envelope, state: str) -> None:
    async def is_so() -> bool:
        return await state_of(notifier, queue, event) == state

    await eventually(is_so, within=30, of=f"{event.id} is {state} in {queue}")


async def test_an_event_delivered_five_times_is_told_once_and_settled(
    notifier: Bench, publisher: Publisher
) -> None:
    await notifier.company(customer_messages="ours")
    event, *_ = await asyncio.gather(*(publish(publisher, "five") for _ in range(5)))
    for queue in QUEUES:
        await becomes(notifier, queue, event, "done")
    recipients = sorted(mail["to"][0] for mail in await notifier.mailbox.messages())
    assert recipients == ["chef@salon.example", "joerg@example.org"]


async def test_a_mail_refused_for_now_is_sent_a_little_later(notifier: Bench, publisher: Publisher) -> None:
    await notifier.company()
    await notifier.mailbox.fault("SMTP /data", "status", status=451, times=1)
    event = await publish(publisher, "later")
    await becomes(notifier, names.NOTIFIER_MAIL, event, "done")
    assert len(await notifier.mailbox.messages()) == 1


async def test_a_mail_refused_for_good_is_a_dead_letter_that_operators_hear_of(
    notifier: Bench, publisher: Publisher
) -> None:
    await notifier.company()
    await notifier.mailbox.fault("SMTP /rcpt/*", "status", status=550)
    event = await publish(publisher, "never")
    await becomes(notifier, names.NOTIFIER_MAIL, event, "dead")
    [message] = await eventually(notifier.chat.messages, of="the operators' chat message")
    assert "appointment.booked" in message["text"]


async def test_a_mail_waits_in_its_queue_while_the_server_is_away(
    notifier: Bench, publisher: Publisher
) -> None:
    await notifier.company()
    await notifier.mailbox.fault("SMTP /ehlo", "reset")
    events = [await publish(publisher, f"away-{number}") for number in range(6)]

    async def chatted() -> bool:
        rows = await asyncio.gather(*(state_of(notifier, names.NOTIFIER_CHAT, event) for event in events))
        return set(rows) == {"done"}

    await eventually(chatted, within=30, of="chat is not delayed by mail")
    assert await notifier.mailbox.messages() == []
    await notifier.mailbox.heal()
    for event in events:
        await becomes(notifier, names.NOTIFIER_MAIL, event, "done")
    assert len(await notifier.mailbox.messages()) == len(events)
