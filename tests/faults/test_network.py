"""The network between us and our servers swallows, cuts, is slow or works in one direction only."""

import asyncio

import pytest

from tests.faults.closing import Closing
from tests.faults.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0, 60])
async def test_a_black_hole_before_the_broker_loses_nothing(
    here: Site, closing: Closing, seconds: int
) -> None:
    line = closing.begin(f"black hole before the broker, {seconds or 'a few'} s", here.tally)
    async with here.load() as load:
        await load.goes_on()
        here.amqp.black_hole()
        await load.goes_on(40)
        await asyncio.sleep(seconds)
        here.amqp.heal()
        line.recovered_after = await here.handles_again()
    await here.account(load, line)
    assert not load.refused


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0, 12])
async def test_confirms_that_never_come_end_in_copies_and_one_effect(
    here: Site, closing: Closing, seconds: int
) -> None:
    line = closing.begin(f"half-open connection to the broker, {seconds or 'a few'} s", here.tally)
    async with here.load() as load:
        await load.goes_on()
        here.amqp.half_open()
        await load.goes_on(40)
        await asyncio.sleep(seconds)
        here.amqp.reset()
        here.amqp.heal()
        line.recovered_after = await here.handles_again()
    await here.account(load, line)
    assert not load.refused


@pytest.mark.long
@pytest.mark.parametrize("times", [4, 30])
async def test_connections_that_are_reset_again_and_again_lose_nothing(
    here: Site, closing: Closing, times: int
) -> None:
    line = closing.begin(f"every connection reset {times} times, as soon as it works again", here.tally)
    async with here.load() as load:
        for _ in range(times):
            await load.goes_on(30)
            here.amqp.reset()
            here.sql.reset()
        line.recovered_after = await here.handles_again()
    await here.account(load, line, excused={"consumer.stuck": "half a minute of resets is long"})


@pytest.mark.long
@pytest.mark.parametrize("delay", [0.15, 0.5])
async def test_a_slow_network_delays_and_breaks_nothing(here: Site, closing: Closing, delay: float) -> None:
    line = closing.begin(f"every answer {delay} s late", here.tally)
    async with here.load(rate=5) as load:
        here.amqp.delay = here.sql.delay = delay
        await load.goes_on(40)
        here.amqp.heal()
        here.sql.heal()
        line.recovered_after = await here.handles_again()
    account = await here.account(load, line)
    assert here.attempts_burned(load) == 0
    assert not account.dead
