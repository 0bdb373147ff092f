"""What cannot be read, or breaks its event's contract, is given up alone and at once; the queue flows."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

import pytest
from aio_pika import Message, connect

from shared.contracts.names import EVENTS_EXCHANGE, SYNCER_BOOKING_REQUESTS, SYNCER_BOOKINGS
from tests.faults.closing import Closing
from tests.faults.site import Site
from tests.faults.town import Town
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_POISON = [
    b"",
    b'{"specversion": "1.0", "id": ',
    b"\xff\xfe\x00binary",
    b'"a text"',
    b"[]",
    b"null",
    b'{"specversion": "1.0"}',
    b'{"specversion": "1.0", "id": [], "source": 7, "type": {}, "data": {}}',
    b'{"specversion": "1.0", "type": "calcom.booking_created", "data": NaN}',
    b"[" * 300 + b"]" * 300,
]


async def test_poison_is_given_up_alone_with_its_bytes_and_the_queue_flows(
    here: Site, closing: Closing
) -> None:
    line = closing.begin(f"{len(_POISON)} poison messages", here.tally)
    sent = {f"poison-{secrets.token_hex(6)}": body for body in _POISON}
    async with here.load(rate=10) as load:
        await _publish(here, "calcom.booking_created", sent)
        await eventually(lambda: _buried(here, sent), within=180, of="all poison is filed")
        await load.goes_on()
        line.recovered_after = await here.handles_again()
    _have_one_failure(here, sent, SYNCER_BOOKINGS, "poison_message")
    account = await here.account(load, line)
    assert not account.dead


async def test_an_event_that_breaks_its_contract_is_given_up_alone(town: Town, closing: Closing) -> None:
    line = closing.begin("events that break their contract", town.tally)
    (salon,) = await town.settle(1)
    sent = {
        f"wrong-{secrets.token_hex(6)}": _envelope(data) for data in ({}, {"company_id": 7}, [], "text", None)
    }
    await _publish(town.site, "booking.requested", sent)
    wishes = await town.producer.wish(salon.wish(number) for number in range(3))
    await eventually(lambda: _buried(town.site, sent), within=180, of="all of them are filed")
    _have_one_failure(town.site, sent, SYNCER_BOOKING_REQUESTS, "rejected")
    account = await town.account(wishes, line)
    assert not account.dead


def _envelope(data: Any) -> bytes:
    event = {
        "specversion": "1.0", "id": secrets.token_hex(8), "source": "test", "type": "booking.requested",
        "time": "2026-03-01T10:00:00Z", "data": data,
    }  # fmt: skip
    return json.dumps(event).encode()


async def _publish(here: Site, event_type: str, bodies: Mapping[str, bytes]) -> None:
    """Past ingest, which would refuse it."""
    async with await connect(here.broker_url) as connection:
        events = await (await connection.channel()).get_exchange(EVENTS_EXCHANGE)
        for event_id, body in bodies.items():
            message = Message(body, message_id=event_id, headers={"own": "kept"}, type=event_type)
            await events.publish(message, event_type)


async def _buried(here: Site, ids: Mapping[str, bytes]) -> bool:
    query = "select count(*) as n from deliveries where event_id = any(%s) and state = 'dead'"
    return bool(here.rows(query, list(ids))[0]["n"] == len(ids))


def _have_one_failure(here: Site, sent: Mapping[str, bytes], queue: str, reason: str) -> None:
    rows = here.rows("select * from deliveries where event_id = any(%s)", list(sent))
    assert {row["event_id"]: bytes(row["body"]) for row in rows} == sent
    for row in rows:
        assert (row["queue"], row["reason"], len(row["history"])) == (queue, reason, 1)
        assert row["properties"]["headers"] == {"own": "kept"}
