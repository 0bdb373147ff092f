"""A message that comes back is the one that was sent; and not before its time."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, update

from shared.contracts.envelope import Attributes, Envelope, now
from shared.db.outbox import properties_of
from shared.db.tables import Delivery
from shared.errors import PermanentError, TransientError
from shared.messaging.properties import message_of
from tests.integration.messaging.harness import TYPE, Bench, bench
from tests.support import eventually

HEADERS: dict[str, Any] = {
    "text": "ü \x00 𝄞",
    "bytes": bytearray(b"\x00\xff"),
    "numbers": [1, -(2**40), 40_000, 0.5, Decimal("-1.05")],
    "when": datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    "table": {"nothing": None, "yes": True, "inner": {"list": [[], {}]}},
}


class Told:
    """Raises what it was given, one error after another; keeps when and with which bytes it was called."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.seen: list[tuple[float, bytes]] = []

    async def __call__(self, envelope: Envelope) -> None:
        self.seen.append((time.monotonic(), envelope.raw))
        if self.errors:
            raise self.errors.pop(0)


async def test_headers_and_bytes_are_equal_after_redelivery_dead_letter_and_replay(
    database_url: str, broker_url: str
) -> None:
    raw = (
        b'{"specversion":"1.0","id":"way-1","source":"t","time":"2026-01-01T00:00:00Z",'
        b' "type":"calcom.booking_created",  "data":{"a":1.10}}'
    )
    handler = Told(
        TransientError("once"), PermanentError("never"), TransientError("again"), PermanentError("no")
    )
    async with bench(database_url, broker_url, handler) as process:
        attributes = Attributes(id="way-1", source="t", type=TYPE, time=now(), correlationid="k")
        properties = properties_of(Envelope.of(attributes, {}))
        message = message_of(raw, properties)
        message.headers = dict(HEADERS)
        await process.publisher.publish(message)
        dead = await eventually(lambda: _dead(process, 2), within=25)
        await replay(process)
        again = await eventually(lambda: _dead(process, 4), within=25)
        await replay(process)
        await eventually(lambda: process.in_state("way-1", "done"), within=25)
    for row in (dead, again):
        back = message_of(bytes(row.body or b""), row.properties or {})
        assert back.headers == HEADERS
        assert back.body == raw
        assert (back.message_id, back.type, back.correlation_id) == ("way-1", TYPE, "k")
    assert {body for _, body in handler.seen} == {raw}
    assert [entry["attempt"] for entry in again.history] == [1, 2, 1, 2]


@pytest.mark.parametrize("floor", [2.0, 3.5])
async def test_no_attempt_is_made_before_the_provider_allows(
    database_url: str, broker_url: str, floor: float
) -> None:
    handler = Told(TransientError("wait", retry_after=floor))
    async with bench(database_url, broker_url, handler) as process:
        await process.send(f"floor-{floor}", {})
        await eventually(lambda: process.in_state(f"floor-{floor}", "done"), within=25)
    first, second = (at for at, _ in handler.seen)
    assert floor <= second - first < floor + 2.5


async def replay(process: Bench) -> None:
    """As the console does it."""
    async with process.database.transaction() as session:
        await session.execute(
            update(Delivery)
            .where(Delivery.event_id == "way-1")
            .values(state="redelivery", attempt=0, due_at=func.now())
        )
        session.info["outbox"] = True


async def _dead(process: Bench, failures: int) -> Delivery | None:
    row = await process.in_state("way-1", "dead")
    return row if row is not None and len(row.history) == failures else None
