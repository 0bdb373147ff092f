import asyncio

from shared.contracts.envelope import Envelope
from shared.messaging.publisher import UnconfirmedError
from tests.integration.messaging.harness import QUEUE, Bench, behind_proxy
from tests.support import eventually


class Slow:
    """Ends each attempt when the test says so."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.attempts = 0

    async def __call__(self, envelope: Envelope) -> None:
        self.attempts += 1
        self.began.set()
        await self.may_end.wait()


async def test_a_connection_lost_while_a_handler_works_makes_no_dead_letter(
    database_url: str, broker_url: str
) -> None:
    handler = Slow()
    async with behind_proxy(database_url, broker_url, handler) as (process, proxy):
        await process.send("lost-channel", {})
        await asyncio.wait_for(handler.began.wait(), 10)
        proxy.reset()
        handler.may_end.set()
        row = await eventually(lambda: process.in_state("lost-channel", "done"), within=30)
        await eventually(lambda: _empty(process), within=30)
    assert (row.attempt, row.history, row.error) == (1, [], None)


async def test_after_a_lost_connection_consumption_goes_on(database_url: str, broker_url: str) -> None:
    handler = Slow()
    handler.may_end.set()
    async with behind_proxy(database_url, broker_url, handler) as (process, proxy):
        for number in range(3):
            proxy.reset()
            await eventually(lambda n=number: _sent(process, f"again-{n}"), within=20)
            await eventually(lambda n=number: process.in_state(f"again-{n}", "done"), within=30)
        await eventually(lambda: _alive(process), within=20)


async def _sent(process: Bench, event_id: str) -> bool:
    """What was not confirmed is published again under the same id, as the outbox does."""
    try:
        await process.send(event_id, {})
    except UnconfirmedError:
        return False
    return True


async def _empty(process: Bench) -> bool:
    try:
        return await process.depth(QUEUE) == 0
    except RuntimeError:
        return False  # the connection that asks was reset as well, and is being made anew


async def _alive(process: Bench) -> bool:
    return process.consumers.problem() is None
