"""What headers an event came with, it has after redelivery, dead letter and replay; at a real broker."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pamqp import encode
from sqlalchemy import func, select, update

from shared.contracts.envelope import Attributes, Envelope, now
from shared.db.outbox import properties_of
from shared.db.tables import Delivery
from shared.errors import PermanentError, TransientError
from shared.messaging.outcome import DeliveryPolicy
from shared.messaging.properties import message_of
from tests.integration.messaging.harness import TYPE, Bench, bench
from tests.support import eventually
from tests.unit.messaging.test_properties import _HEADERS, by_the_wire

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
#: RabbitMQ closes the connection of whoever sends one: none can ever arrive.
_INFINITE = (b"f\x7f\x80\x00\x00", b"f\xff\x80\x00\x00")
#: On their way at once: a batch takes no longer than one event.
_BATCH = st.lists(
    _HEADERS.filter(lambda headers: not any(one in encode.field_table(headers) for one in _INFINITE)),
    min_size=25,
    max_size=40,
)
_QUICKLY = DeliveryPolicy(delays=(0.1,) * 8)


@dataclass
class FailsTwice:
    """Each event fails, is sent again, is refused; and so once more after its replay, then succeeds."""

    attempts: Counter[str] = field(default_factory=Counter)

    async def __call__(self, envelope: Envelope) -> None:
        self.attempts[envelope.id] += 1
        match self.attempts[envelope.id]:
            case 1 | 3:
                raise TransientError("once more")
            case 2 | 4:
                raise PermanentError("never")


@pytest.fixture(scope="module")
async def process(database_url: str, broker_url: str) -> AsyncIterator[Bench]:
    async with bench(database_url, broker_url, FailsTwice(), policy=_QUICKLY) as made:
        yield made


@settings(
    max_examples=3,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(batch=_BATCH)
async def test_headers_are_equal_after_redelivery_dead_letter_and_replay(
    process: Bench, batch: list[dict[str, Any]]
) -> None:
    sent = {f"headers-{secrets.token_hex(8)}": headers for headers in batch}
    for event_id, headers in sent.items():
        await _publish(process, event_id, headers)
    for failures in (2, 4):
        rows = await eventually(lambda times=failures: _dead(process, sent, times), within=240)
        for row in rows:
            back = message_of(bytes(row.body or b""), row.properties or {})
            assert by_the_wire(back.headers) == by_the_wire(sent[row.event_id])
        await _replay(process, sent)
    await eventually(lambda: _done(process, sent), within=240, of="all are done")


async def _publish(process: Bench, event_id: str, headers: dict[str, Any]) -> None:
    envelope = Envelope.of(Attributes(id=event_id, source="test", type=TYPE, time=now()), {})
    message = message_of(envelope.raw, properties_of(envelope))
    message.headers = dict(headers)
    await process.publisher.publish(message)


async def _replay(process: Bench, sent: dict[str, Any]) -> None:
    """As the console does it."""
    async with process.database.transaction() as session:
        await session.execute(
            update(Delivery)
            .where(Delivery.event_id.in_(sent))
            .values(state="redelivery", attempt=0, due_at=func.now())
        )
        session.info["outbox"] = True


async def _rows(process: Bench, sent: dict[str, Any], state: str) -> list[Delivery]:
    async with process.database.transaction() as session:
        query = select(Delivery).where(Delivery.event_id.in_(sent), Delivery.state == state)
        return list((await session.execute(query)).scalars())


async def _dead(process: Bench, sent: dict[str, Any], failures: int) -> list[Delivery]:
    rows = await _rows(process, sent, "dead")
    return rows if [len(row.history) for row in rows] == [failures] * len(sent) else []


async def _done(process: Bench, sent: dict[str, Any]) -> bool:
    return len(await _rows(process, sent, "done")) == len(sent)
