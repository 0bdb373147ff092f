"""The network between us and our servers swallows, cuts, is slow or works in one direction only."""

import asyncio

import pytest

from tests.faults.closing import Closing
from tests.faults.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.parametrize("seconds", [12, pytest.param(60, marks=pytest.mark.long)])
async def test_a_black_hole_before_the_broker_loses_nothing(
    here: Site, closing: Closing, seconds: int
) -> None:
    async with here.load(rate=15) as load:
        await asyncio.sleep(1)
        here.amqp.black_hole()
        await asyncio.sleep(seconds)
        here.amqp.heal()
        recovered = await here.handles_again(within=90)
    account = await here.account(load)
    assert not load.refused
    closing.add(f"black hole before the broker, {seconds} s", account, recovered_after=recovered)


@pytest.mark.long
async def test_confirms_that_never_come_end_in_copies_and_one_effect(here: Site, closing: Closing) -> None:
    async with here.load(rate=15) as load:
        await asyncio.sleep(1)
        here.amqp.half_open()
        await asyncio.sleep(12)
        here.amqp.reset()
        here.amqp.heal()
        recovered = await here.handles_again(within=90)
    account = await here.account(load)
    assert not load.refused
    closing.add("half-open connection to the broker, 12 s", account, recovered_after=recovered)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [10, 60])
async def test_connections_that_are_reset_every_two_seconds_lose_nothing(
    here: Site, closing: Closing, seconds: int
) -> None:
    before = await _vital(here)
    async with here.load(rate=15) as load:
        for _ in range(seconds // 2):
            await asyncio.sleep(2)
            here.amqp.reset()
            here.sql.reset()
        recovered = await here.handles_again()
    account = await here.account(load)
    after = await _vital(here)
    # I5: tasks come back to where they were, and no connection is kept for ever.
    assert all(later["tasks"] <= earlier["tasks"] + 5 for earlier, later in zip(before, after, strict=True))
    closing.add(f"every connection reset each 2 s for {seconds} s", account, recovered_after=recovered)


@pytest.mark.long
async def test_a_slow_network_delays_and_breaks_nothing(here: Site, closing: Closing) -> None:
    async with here.load(rate=5) as load:
        here.amqp.delay = here.sql.delay = 0.15
        await asyncio.sleep(8)
        here.amqp.heal()
        here.sql.heal()
        recovered = await here.handles_again()
    account = await here.account(load)
    assert here.attempts_burned(load) == 0
    assert not account.dead
    closing.add("every answer 0.15 s late, 8 s", account, recovered_after=recovered)


async def _vital(here: Site) -> list[dict[str, int]]:
    return [await worker.vital() for worker in here.workers]
