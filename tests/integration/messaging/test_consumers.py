"""A consumer that is gone or stands still is noticed, and harms no other."""

import asyncio
import contextlib
from collections import Counter

import pytest
from aio_pika.exceptions import ChannelNotFoundEntity

from shared.contracts.envelope import Envelope
from shared.messaging.consumers import ConsumerStuckError
from shared.messaging.outcome import DeliveryPolicy
from tests.integration.messaging.harness import QUEUE, Bench, behind_proxy, bench
from tests.support import eventually

CALL = "retell.call_started"


class Count:
    """Counts what it was given."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    async def __call__(self, envelope: Envelope) -> None:
        self.calls[envelope.id] += 1


class Hanging:
    """Does not come to an end in its first ``times`` attempts; ``deaf``: does not let itself be stopped."""

    def __init__(self, *, times: int = 1000, deaf: bool = False) -> None:
        self.times = times
        self.deaf = deaf
        self.attempts = 0
        self.released = asyncio.Event()

    async def __call__(self, envelope: Envelope) -> None:
        self.attempts += 1
        while not self.released.is_set() and self.attempts <= self.times:
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                if not self.deaf:
                    raise


async def test_a_queue_that_was_deleted_comes_back_with_its_bindings(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        await delete(process, QUEUE)
        # Asked of the broker: the process may not have heard yet that its consumer is gone, and it binds
        # before it consumes.
        await eventually(lambda: _has_consumer(process, QUEUE), within=60)
        await process.send("after-deletion", {})
        await eventually(lambda: process.in_state("after-deletion", "done"))


async def test_a_queue_with_other_arguments_is_told_and_the_other_queues_go_on(
    database_url: str, broker_url: str
) -> None:
    async with behind_proxy(database_url, broker_url, Count()) as (process, proxy):
        await replace(process, QUEUE)
        await eventually(lambda: _said(process, QUEUE), within=20)
        await process.send("beside-1", {}, event_type=CALL)
        await eventually(lambda: process.in_state("beside-1", "done"))
        # The connections are made anew, and the one queue is refused for ever.
        proxy.reset()
        await eventually(process.publisher.connected, within=20)
        await eventually(lambda: _sent(process, "beside-2"), within=20)
        await eventually(lambda: process.in_state("beside-2", "done"), within=20)
        assert str(process.consumers.problem()).count("no consumer") == 1
        await delete(process, QUEUE)
        await eventually(lambda: _consumed(process), within=20)


async def test_a_process_that_starts_beside_such_a_queue_consumes_the_others(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        await replace(process, QUEUE)
    async with bench(database_url, broker_url, Count()) as process:
        await process.send("beside-3", {}, event_type=CALL)
        await eventually(lambda: process.in_state("beside-3", "done"))
        assert QUEUE in str(process.consumers.problem())
        await delete(process, QUEUE)
        await eventually(lambda: _consumed(process), within=20)


async def test_an_attempt_that_hangs_is_ended_and_made_again(database_url: str, broker_url: str) -> None:
    handler = Hanging(times=2)
    async with bench(
        database_url, broker_url, handler, policy=DeliveryPolicy(delays=(0.2,) * 8, attempt_seconds=0.5)
    ) as process:
        await process.send("hanging-1", {})
        row = await eventually(lambda: process.in_state("hanging-1", "done"))
    assert row.attempt == 3
    assert [entry["class"].rsplit(".", 1)[-1] for entry in row.history] == ["AttemptTimeoutError"] * 2


async def test_a_handler_that_cannot_be_stopped_makes_the_process_end(
    database_url: str, broker_url: str
) -> None:
    handler = Hanging(deaf=True)
    async with bench(
        database_url, broker_url, handler, policy=DeliveryPolicy(attempt_seconds=0.2)
    ) as process:
        watching = asyncio.create_task(process.watch(every=0.2, stuck=0.5, hopeless=3.0))
        await process.send("deaf-1", {})
        await eventually(lambda: _said(process, f"{QUEUE} has stood still"))
        with pytest.raises(ConsumerStuckError):
            await watching
        handler.released.set()


async def test_a_consumer_that_gets_nothing_while_messages_wait_is_told(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        deafened = next(one for one in process.consumers._subscriptions if one.queue == QUEUE)
        assert deafened._subscriber is not None
        # FastStream drops what comes to a subscriber that it takes for stopped: 20 fill the window.
        deafened._subscriber.running = False
        for number in range(25):
            await process.send(f"unheard-{number}", {})
        watching = asyncio.create_task(process.watch(every=0.2, stuck=1.0, hopeless=60.0))
        await eventually(lambda: _said(process, f"{QUEUE} has stood still"))
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def test_a_consumer_that_is_gone_for_good_makes_the_process_end(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        await replace(process, QUEUE)
        with pytest.raises(ConsumerStuckError):
            await process.watch(every=0.1, stuck=0.5, hopeless=2.0)
        await delete(process, QUEUE)


async def test_while_the_broker_is_away_no_process_ends_for_its_consumers(
    database_url: str, broker_url: str
) -> None:
    async with behind_proxy(database_url, broker_url, Count()) as (process, proxy):
        watching = asyncio.create_task(process.watch(every=0.1, stuck=0.3, hopeless=1.0))
        proxy.cut()
        await eventually(lambda: _said(process, "no consumer"), within=30)
        await asyncio.sleep(3)
        assert not watching.done()
        proxy.heal()
        await eventually(lambda: _consumed(process), within=30)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_consumer_whose_window_is_full_is_not_stuck(database_url: str, broker_url: str) -> None:
    handler = Hanging()
    async with bench(database_url, broker_url, handler) as process:
        watching = asyncio.create_task(process.watch(every=0.1, stuck=0.5, hopeless=1.0))
        for number in range(25):
            await process.send(f"full-{number}", {}, event_type=CALL)
        await eventually(lambda: _full(handler))
        await asyncio.sleep(2)
        assert process.consumers.problem() is None
        assert not watching.done()
        handler.released.set()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def delete(process: Bench, queue: str) -> None:
    channel = await process.publisher.underlay().channel()
    await channel.queue_delete(queue)
    await channel.close()


async def replace(process: Bench, queue: str) -> None:
    """By one that has none of our arguments; until it stands: the consumer makes its own again as well."""
    channel = await process.publisher.underlay().channel()
    while True:
        await channel.queue_delete(queue)
        with contextlib.suppress(Exception):
            await channel.queue_declare(queue, durable=True)
            break
        channel = await process.publisher.underlay().channel()
    await channel.close()


async def _has_consumer(process: Bench, queue: str) -> bool:
    with contextlib.suppress(ChannelNotFoundEntity):
        channel = await process.publisher.underlay().channel()
        answer = await channel.queue_declare(queue, passive=True)
        await channel.close()
        return bool(answer.consumer_count)
    return False


async def _sent(process: Bench, event_id: str) -> bool:
    with contextlib.suppress(Exception):
        await process.send(event_id, {}, event_type=CALL)
        return True
    return False


async def _consumed(process: Bench) -> bool:
    return process.consumers.problem() is None


async def _said(process: Bench, words: str) -> bool:
    return words in str(process.consumers.problem())


async def _full(handler: Hanging) -> bool:
    return handler.attempts >= 20
