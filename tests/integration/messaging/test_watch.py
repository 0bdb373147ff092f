"""Whoever watches the consumers outlives what happens to their connections."""

import asyncio

from shared.contracts.envelope import Envelope
from tests.integration.messaging.harness import QUEUE, behind_proxy
from tests.support import eventually


async def nothing(_: Envelope) -> None:
    """A handler."""


async def test_a_connection_that_is_closed_while_it_is_asked_gives_no_answer_and_ends_nobody(
    database_url: str, broker_url: str
) -> None:
    async with behind_proxy(database_url, broker_url, nothing) as (process, proxy):
        one = next(each for each in process.consumers._subscriptions if each.queue == QUEUE)
        assert await one.ready() == 0
        before = asyncio.all_tasks()
        proxy.half_open()
        asked = asyncio.create_task(one.ready())
        # It has asked, and the answer does not come.
        await eventually(lambda: _waits_for_a_channel(before), of="the question")
        # aiormq's reason for closing, where none is given, is a cancellation of whoever waits.
        channel = one._channel()
        assert channel is not None
        closing = asyncio.create_task(channel.connection.close())
        await asyncio.wait({asked})
        proxy.heal()
        await closing
        assert not asked.cancelled()
        assert asked.result() is None


async def _waits_for_a_channel(before: set[asyncio.Task[object]]) -> bool:
    names = {getattr(task.get_coro(), "__name__", "") for task in asyncio.all_tasks() - before}
    return "_ready" in names
