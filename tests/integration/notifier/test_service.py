"""The notifier as a process: from the broker to the mailbox."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from infra.simulators.runner import Simulators
from shared.contracts import names
from shared.db.outbox import envelope_of, properties_of
from shared.db.tables import Delivery
from shared.messaging.declare import declare_topology
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from tests.integration.notifier.bench import Bench
from tests.support import eventually
from tests.unit.notifier.samples import appointment

QUEUES = {names.NOTIFIER_MAIL, names.NOTIFIER_CHAT, names.NOTIFIER_SMS}


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture
async def process(
    inboxes: Simulators, database_url: str, broker_url: str, checkout: Path
) -> AsyncIterator[str]:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": database_url,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "SMTP_URL": inboxes.smtp_url,
        "NOTIFY_URLS": f"chat={inboxes.chat_url}",
        "BOOKING_EMAIL_DOMAIN": "bookings.example",
        "PORT": str(port),
    }
    command = (sys.executable, "-m", "services.notifier")
    running = await asyncio.create_subprocess_exec(*command, cwd=checkout, env=environment)
    try:
        yield f"http://127.0.0.1:{port}"
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 25) == 0
    finally:
        if running.returncode is None:
            running.kill()


async def ready(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"{url}/health/ready")).status_code == 200
        except httpx.TransportError:
            return False


async def test_an_event_delivered_five_times_is_told_once_and_settled(
    notifier: Bench, process: str, broker_url: str
) -> None:
    await notifier.company(customer_messages="ours")
    await eventually(lambda: ready(process), within=30, of="readiness")
    publisher = Publisher(broker_url, service="test")
    await publisher.connect()
    await declare_topology(publisher)
    event = envelope_of(appointment(), source="test")
    copies = [publisher.publish(message_of(event.raw, properties_of(event))) for _ in range(5)]
    await asyncio.gather(*copies)

    async def settled() -> bool:
        query = select(Delivery.queue).where(Delivery.event_id == event.id, Delivery.state == "done")
        async with notifier.database.transaction() as session:
            return set((await session.execute(query)).scalars()) == QUEUES

    await eventually(settled, within=30, of="done in all three queues")
    recipients = sorted(mail["to"][0] for mail in await notifier.mailbox.messages())
    assert recipients == ["chef@salon.example", "joerg@example.org"]
    await publisher.close()
