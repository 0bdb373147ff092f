"""The broker dies, is full, or loses patience: ingest goes on by its outbox, nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.faults.closing import Closing
from tests.faults.site import Site
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_NO_MEMORY = ("set_vm_memory_high_watermark", "0.0000001")
_NO_DISK = ("set_disk_free_limit", "1000GB")
_SOUND = (
    ("set_vm_memory_high_watermark", "absolute", "1GB"),
    ("set_disk_free_limit", "200MB"),
)


async def test_kill_9_of_the_broker_while_webhooks_come_loses_nothing(here: Site, closing: Closing) -> None:
    line = closing.begin("kill -9 of the broker", here.tally)
    async with here.load() as load:
        await load.goes_on()
        here.nodes.rabbitmq.kill9()
        await load.goes_on(40)
        await here.nodes.back(here.nodes.rabbitmq)
        line.recovered_after = await here.handles_again()
    await here.account(load, line)
    assert not load.refused
    assert here.attempts_burned(load) == 0


@pytest.mark.parametrize(
    ("name", "limit"), [("memory", _NO_MEMORY), pytest.param("disk", _NO_DISK, marks=pytest.mark.long)]
)
async def test_under_an_alarm_webhooks_are_taken_and_the_backlog_is_worked_off(
    here: Site, closing: Closing, name: str, limit: tuple[str, ...]
) -> None:
    line = closing.begin(f"{name} alarm of the broker", here.tally)
    async with here.load(do={"seconds": 0.5}) as load:
        await load.goes_on()
        await _ctl(here, *limit)
        try:
            await eventually(lambda: _acknowledged(here), within=120, of="what was in hand is acknowledged")
            await load.goes_on(20)
        finally:
            for command in _SOUND:
                await _ctl(here, *command)
        line.recovered_after = await here.handles_again()
    await here.account(load, line)
    assert not load.refused


@pytest.mark.long
async def test_a_broker_that_loses_patience_hands_over_again_and_the_effect_happens_once(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("consumer timeout of the broker", here.tally)
    async with _impatient(here), here.load(rate=5) as load:
        (slow,) = await load.send(1, seconds=5, note=True)
        await here.comes_again(slow)
    line.recovered_after = await here.handles_again()
    account = await here.account(load, line)
    assert not account.dead


@asynccontextmanager
async def _impatient(here: Site) -> AsyncIterator[None]:
    """The broker waits 3 s for an answer, and looks every second."""
    await _timeout(here, 3_000, 1_000)
    try:
        yield
    finally:
        await _timeout(here, 1_800_000, 60_000)


async def _timeout(here: Site, patience: int, tick: int) -> None:
    """Both are read when a channel is opened."""
    await _ctl(here, "eval", f"application:set_env(rabbit, consumer_timeout, {patience}).")
    await _ctl(here, "eval", f"application:set_env(rabbit, channel_tick_interval, {tick}).")
    for worker in here.workers:
        worker.kill()
        await worker.ready(180)


@pytest.mark.long
async def test_a_webhook_larger_than_the_broker_takes_is_a_dead_letter_alone(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("webhooks larger than the broker takes", here.tally)
    await _largest_message(here, 100_000)
    try:
        async with here.load(rate=10, do={"seconds": 0.2}) as load:
            large = await load.send(3, text="x" * 300_000)
            await eventually(lambda: _given_up(here, large), within=120, of="the large ones are dead letters")
            await load.goes_on()
        line.recovered_after = await here.handles_again()
    finally:
        await _largest_message(here, 134_217_728)
    account = await here.account(load, line)
    assert not load.refused
    assert account.dead == set(large)
    assert here.attempts_burned(load) == len(large)


async def _largest_message(here: Site, size: int) -> None:
    """A channel keeps the limit of its opening: through an older one a relay would send what is too large."""
    await _ctl(here, "eval", f"application:set_env(rabbit, max_message_size, {size}).")
    here.amqp.reset()
    here.processes["console"].kill()
    await here.ready()


async def _given_up(here: Site, ids: list[str]) -> bool:
    query = "select count(*) as n from deliveries where state = 'dead' and event_id = any(%s)"
    return bool(here.rows(query, ids)[0]["n"] == len(ids))


async def test_a_webhook_larger_than_ingest_takes_is_413_and_costs_nobody_anything(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("webhooks larger than ingest takes", here.tally)
    async with here.load(rate=20, do={"seconds": 0.5, "note": True}) as load:
        await load.goes_on()
        assert await load.send(3, text="x" * 6_000_000) == []
        await load.goes_on()
    account = await here.account(load, line)
    assert load.refused == {413: 3}
    assert not account.dead
    assert here.attempts_burned(load) == 0
    # A handler that was cancelled would have been given its delivery again.
    assert here.arrivals(load) == dict.fromkeys(load.accepted, 1)


async def _ctl(here: Site, *arguments: str) -> str:
    return await asyncio.to_thread(here.nodes.rabbitmq.ctl, *arguments)


async def _acknowledged(here: Site) -> bool:
    """An alarm stops publishers; a consumer on its own connection still gets rid of what it has done."""
    listed = await _ctl(here, "list_queues", "--vhost", here.vhost, "name", "messages_unacknowledged")
    rows = dict(line.split("\t") for line in listed.splitlines() if "\t" in line)
    return rows.get("syncer.bookings") == "0"
