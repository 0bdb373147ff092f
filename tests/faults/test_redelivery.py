"""What waits in rows falls due while everything dies; poison is given up alone; nothing stands still."""

import asyncio
import secrets

import pytest
from aio_pika import Message, connect

from shared.contracts.names import EVENTS_EXCHANGE, SYNCER_BOOKINGS
from tests.faults.closing import Closing
from tests.faults.load import Load
from tests.faults.site import Site
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_BATCH = 50
_POISON = [
    b"",
    b'{"specversion": "1.0", "id": ',
    b"\xff\xfe\x00binary",
    b'"a text"',
    b'{"specversion": "1.0", "type": "calcom.booking_created", "data": NaN}',
    b"[" * 300 + b"]" * 300,
]


@pytest.mark.long
@pytest.mark.parametrize(("number", "rounds"), [(150, 1), (3000, 3)])
async def test_redeliveries_that_fall_due_at_once_survive_every_death(
    here: Site, closing: Closing, number: int, rounds: int
) -> None:
    async with here.load(rate=0) as load:
        for _ in range(number // _BATCH):
            await load.send(_BATCH, fail=1)
        await eventually(lambda: _failed_once(here, load), within=300, of="each has failed once")
    here.execute("update deliveries set due_at = now() where state = 'redelivery'")
    for _ in range(rounds):
        for worker in here.workers:
            worker.kill()
        await asyncio.sleep(2)
        for server in (here.nodes.rabbitmq, here.nodes.postgres):
            server.kill9()
            await here.nodes.back(server)
    recovered = await here.handles_again(within=120)
    account = await here.account(load, within=300)
    assert len(account.accepted) == number
    assert not account.dead
    closing.add(f"{number} due at once; relay, broker, database die", account, recovered_after=recovered)


async def _failed_once(here: Site, load: Load) -> bool:
    """Whether each waits for its second attempt, which is put off until all are there."""
    here.execute("update deliveries set due_at = now() + interval '1 hour' where state = 'redelivery'")
    query = "select count(*) as n from deliveries where event_id = any(%s) and history <> '[]'"
    return bool(here.rows(query, list(load.accepted))[0]["n"] == len(load.accepted))


async def test_poison_is_given_up_alone_with_its_bytes_and_the_queue_flows(
    here: Site, closing: Closing
) -> None:
    sent = {f"poison-{secrets.token_hex(6)}": body for body in _POISON}
    async with here.load(rate=10) as load:
        async with await connect(here.broker_url) as connection:
            events = await (await connection.channel()).get_exchange(EVENTS_EXCHANGE)
            for event_id, body in sent.items():
                message = Message(
                    body, message_id=event_id, headers={"own": "kept"}, type="calcom.booking_created"
                )
                await events.publish(message, "calcom.booking_created")
        await eventually(lambda: _buried(here, list(sent)), within=60, of="all poison is filed")
        recovered = await here.handles_again()
    rows = here.rows("select * from deliveries where event_id = any(%s)", list(sent))
    assert {row["event_id"]: bytes(row["body"]) for row in rows} == sent
    for row in rows:
        assert (row["queue"], row["reason"]) == (SYNCER_BOOKINGS, "poison_message")
        assert len(row["history"]) == 1
        assert row["properties"]["headers"] == {"own": "kept"}
    account = await here.account(load)
    closing.add(f"{len(sent)} poison messages", account, recovered_after=recovered)


async def _buried(here: Site, ids: list[str]) -> bool:
    query = "select count(*) as n from deliveries where event_id = any(%s) and state = 'dead'"
    return bool(here.rows(query, ids)[0]["n"] == len(ids))


async def test_what_is_due_later_never_reaches_a_worker(here: Site, closing: Closing) -> None:
    async with here.load(rate=0) as load:
        await load.send(_BATCH, fail=1)
        await eventually(lambda: _failed_once(here, load), within=60, of="each has failed once")
        async with here.load(rate=20) as fresh:
            await asyncio.sleep(3)
        account = await _done(here, fresh)
        waiting = here.rows("select attempt from deliveries where state = 'redelivery'")
        assert len(waiting) == _BATCH
        assert {row["attempt"] for row in waiting} == {1}
        here.execute("update deliveries set due_at = now() where state = 'redelivery'")
    both = await here.account(load)
    assert both.accepted
    assert account
    closing.add(f"a backlog of {_BATCH} that waits for its time", both)


async def _done(here: Site, load: Load) -> bool:
    """Whether all that ``load`` sent is done, however much else waits."""
    query = "select count(distinct event_id) as n from fault_effects where event_id = any(%s)"

    async def done() -> bool:
        return bool(here.rows(query, list(load.accepted))[0]["n"] == len(load.accepted))

    return await eventually(done, within=60, of="the fresh ones are done")
