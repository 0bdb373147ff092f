"""The broker dies, is full, loses patience or a queue: ingest goes on by its outbox, nothing is lost."""

import asyncio

import pytest

from tests.faults.closing import Closing
from tests.faults.site import Site
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
_NO_MEMORY = ("set_vm_memory_high_watermark", "0.0000001")
_NO_DISK = ("set_disk_free_limit", "1000GB")
_SOUND = (
    ("set_vm_memory_high_watermark", "absolute", "1GB"),
    ("set_disk_free_limit", "200MB"),
)


async def test_kill_9_of_the_broker_while_webhooks_come_loses_nothing(here: Site, closing: Closing) -> None:
    async with here.load() as load:
        await asyncio.sleep(2)
        here.nodes.rabbitmq.kill9()
        before = len(load.accepted)
        await asyncio.sleep(4)
        by_outbox = len(load.accepted) - before
        await here.nodes.back(here.nodes.rabbitmq)
        recovered = await here.handles_again()
    account = await here.account(load)
    assert by_outbox > 0
    assert not load.refused
    assert here.attempts_burned(load) == 0
    closing.add("kill -9 of the broker, 4 s away", account, recovered_after=recovered)


@pytest.mark.parametrize(
    ("name", "limit"), [("memory", _NO_MEMORY), pytest.param("disk", _NO_DISK, marks=pytest.mark.long)]
)
async def test_under_an_alarm_webhooks_are_taken_and_the_backlog_is_worked_off(
    here: Site, closing: Closing, name: str, limit: tuple[str, ...]
) -> None:
    async with here.load(do={"seconds": 0.5}) as load:
        await asyncio.sleep(2)
        await _ctl(here, *limit)
        try:
            await eventually(lambda: _acknowledged(here), within=60, of="what was in hand is acknowledged")
            before = len(load.accepted)
            await eventually(lambda: _more_than(load.accepted, before + 20), of="webhooks are taken")
        finally:
            for command in _SOUND:
                await _ctl(here, *command)
        recovered = await here.handles_again()
    account = await here.account(load)
    assert not load.refused
    closing.add(f"{name} alarm of the broker", account, recovered_after=recovered)


@pytest.mark.long
async def test_a_broker_that_loses_patience_hands_over_again_and_the_effect_happens_once(
    here: Site, closing: Closing
) -> None:
    patience = ("eval", "application:set_env(rabbit, consumer_timeout, 3000).")
    ticks = ("eval", "application:set_env(rabbit, channel_tick_interval, 1000).")
    await _ctl(here, *patience)
    await _ctl(here, *ticks)
    try:
        # Both are read when a channel is opened.
        for worker in here.workers:
            worker.kill()
            await worker.ready()
        async with here.load(rate=5) as load:
            await load.send(1, seconds=5)
            await eventually(lambda: _lost_patience(here), within=60, of="the timeout")
    finally:
        await _ctl(here, "eval", "application:set_env(rabbit, consumer_timeout, 1800000).")
        await _ctl(here, "eval", "application:set_env(rabbit, channel_tick_interval, 60000).")
        for worker in here.workers:
            worker.kill()
            await worker.ready()
    recovered = await here.handles_again()
    account = await here.account(load)
    assert not account.dead
    closing.add("consumer timeout of the broker", account, recovered_after=recovered)


async def test_a_webhook_larger_than_the_broker_takes_is_a_dead_letter_alone(
    here: Site, closing: Closing
) -> None:
    await _largest_message(here, 100_000)
    try:
        async with here.load(rate=10, do={"seconds": 0.2}) as load:
            large = await load.send(3, note="x" * 300_000)
            await eventually(lambda: _given_up(here, large), within=60, of="the large ones are dead letters")
        recovered = await here.handles_again()
    finally:
        await _largest_message(here, 134_217_728)
    account = await here.account(load)
    assert not load.refused
    assert account.dead == set(large)
    assert here.attempts_burned(load) == len(large)
    closing.add("webhooks larger than the broker takes", account, recovered_after=recovered)


async def _largest_message(here: Site, size: int) -> None:
    """A channel keeps the limit of its opening: through an older one a relay would send what is too large."""
    await _ctl(here, "eval", f"application:set_env(rabbit, max_message_size, {size}).")
    here.amqp.reset()
    here.processes["console"].kill()
    await here.ready()


async def _given_up(here: Site, ids: list[str]) -> bool:
    query = "select count(*) as n from deliveries where state = 'dead' and event_id = any(%s)"
    return bool(here.rows(query, ids)[0]["n"] == len(ids))


async def test_a_queue_that_somebody_deletes_is_there_again_with_its_consumer(
    here: Site, closing: Closing
) -> None:
    async with here.load() as load:
        await asyncio.sleep(1)
    await here.drained(load, 60)
    await _ctl(here, "delete_queue", "--vhost", here.vhost, "syncer.bookings")
    # What comes while there is no queue goes to the log alone, and is for an operator to send again.
    await eventually(lambda: _consumed(here), within=60, of="the queue is consumed")
    recovered = await here.handles_again()
    async with here.load() as later:
        await asyncio.sleep(2)
    account = await here.account(later)
    closing.add("work queue deleted under its consumers", account, recovered_after=recovered)


async def _consumed(here: Site) -> bool:
    """Each worker binds before it consumes."""
    listed = await _ctl(here, "list_queues", "--vhost", here.vhost, "name", "consumers")
    return f"syncer.bookings\t{len(here.workers)}" in listed.splitlines()


async def _ctl(here: Site, *arguments: str) -> str:
    return await asyncio.to_thread(here.nodes.rabbitmq.ctl, *arguments)


async def _acknowledged(here: Site) -> bool:
    """An alarm stops publishers; a consumer on its own connection still gets rid of what it has done."""
    listed = await _ctl(here, "list_queues", "--vhost", here.vhost, "name", "messages_unacknowledged")
    rows = dict(line.split("\t") for line in listed.splitlines() if "\t" in line)
    return rows.get("syncer.bookings") == "0"


async def _more_than(accepted: set[str], number: int) -> bool:
    return len(accepted) > number


async def _lost_patience(here: Site) -> bool:
    return "timed out waiting for delivery ack" in here.nodes.rabbitmq.log.read_text(errors="replace")
