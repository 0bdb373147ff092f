"""A queue is deleted, or has other arguments: the others go on, and it is consumed again by itself."""

import asyncio
import contextlib

import pytest
from aio_pika import connect
from aio_pika.abc import AbstractConnection

from shared.contracts.names import SYNCER_BOOKINGS
from shared.messaging.depths import management_get
from tests.faults.closing import Closing
from tests.faults.producer import Producer
from tests.faults.site import Site
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
#: RabbitMQ 3.10.8: queues that are deleted sooner after a start can end the node's other queues.
_LONG_ENOUGH = 10_000


@pytest.mark.long
async def test_a_queue_that_somebody_deletes_is_there_again_with_its_consumer(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("work queue deleted under its consumers", here.tally)
    async with here.load() as load:
        await load.goes_on()
    await here.drained(load, 180)
    await _stands(here)
    async with await connect(here.broker_url) as connection:
        await _delete(connection)
    # What comes while there is no queue goes to the log alone, and is for an operator to send again.
    await eventually(lambda: _consumed(here), within=180, of="the queue is consumed")
    line.recovered_after = await here.handles_again()
    async with here.load() as later:
        await later.goes_on()
    await here.account(later, line)


@pytest.mark.long
async def test_a_queue_with_other_arguments_makes_readiness_red_and_stops_no_other(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("work queue with other arguments", here.tally)
    async with here.load() as load:
        await load.goes_on()
    await here.drained(load, 180)
    await _stands(here)
    async with await connect(here.broker_url) as connection, Producer(here.ingest.url) as producer:
        await _replace(connection)
        await eventually(lambda: _is_red(here), within=180, of="each worker names the queue")
        await here.done({await producer.call_ended()}, within=180)
        # Everybody connects anew, and the one queue is refused for ever.
        here.amqp.reset()
        await here.done({await producer.call_ended()}, within=180)
        await _delete(connection)
    await here.ready()
    await eventually(lambda: _consumed(here), within=180, of="the queue is consumed")
    line.recovered_after = await here.handles_again()
    async with here.load() as later:
        await later.goes_on()
    await here.account(later, line, excused={"queue.different": "it is, and is told"})


async def _stands(here: Site) -> None:
    async def long_enough() -> bool:
        (node,) = await management_get(here.nodes.rabbitmq.management_url, "nodes")
        return int(node["uptime"]) > _LONG_ENOUGH

    await eventually(long_enough, within=60, of="the broker has run for a while")


async def _delete(connection: AbstractConnection) -> None:
    channel = await connection.channel()
    await channel.queue_delete(SYNCER_BOOKINGS)
    await channel.close()


async def _replace(connection: AbstractConnection) -> None:
    """By one that has none of our arguments; until it stands: its consumers make their own again as well."""

    async def stands() -> bool:
        await _delete(connection)
        channel = await connection.channel()
        with contextlib.suppress(Exception):
            await channel.declare_queue(SYNCER_BOOKINGS, durable=True)
            await channel.close()
            return True
        return False

    await eventually(stands, within=60, every=0.0, of="the other queue")


async def _is_red(here: Site) -> bool:
    said = [await worker.problem() for worker in here.workers]
    return all(one is not None and SYNCER_BOOKINGS in one for one in said)


async def _consumed(here: Site) -> bool:
    """Each worker binds before it consumes."""
    listed = await asyncio.to_thread(
        here.nodes.rabbitmq.ctl, "list_queues", "--vhost", here.vhost, "name", "consumers"
    )
    return f"{SYNCER_BOOKINGS}\t{len(here.workers)}" in listed.splitlines()
