"""A provider that takes its time, a network that is slow, and a process that stops while it probes."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from shared.resilience.policies import CALCOM
from tests.faults.closing import Closing
from tests.faults.stream import Stream
from tests.faults.town import Town
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
#: Two replicas with the prefetch of the syncer's queues.
CONCURRENCY = 40


@pytest.mark.long
async def test_what_is_slow_takes_no_more_than_its_places_and_stops_no_other_queue(
    town: Town, closing: Closing
) -> None:
    line = closing.begin("answers take 8 s, 60 wait for them", town.tally)
    salons = await town.settle(6)
    began = time.time()
    fault = await town.calcom.fault("* /v2/bookings*", "latency", seconds=8)
    wishes = await town.producer.wish(salon.wish(n) for n in range(10) for salon in salons)
    await eventually(lambda: _are_asked(town, began, CONCURRENCY), within=120, of="every place is taken")
    calls = {await town.producer.call_ended() for _ in range(10)}
    await town.all_done(calls, within=120)
    await town.calcom.heal(fault)
    line.recovered_after = await town.all_done(wishes, within=600)
    slow = [each for each in await town.asked(since=began) if each["seconds"] > 7]
    assert _at_once(slow) <= CONCURRENCY
    account = await town.account(wishes, line)
    assert not account.dead


async def _are_asked(town: Town, since: float, number: int) -> bool:
    return len(await town.asked(since=since)) >= number


@pytest.mark.long
async def test_a_slow_provider_is_given_up_after_its_time_and_slows_nobody_else(
    town: Town, closing: Closing, say: Callable[[str], None]
) -> None:
    line = closing.begin("answers take 20 s, for 30 s", town.tally)
    salons = await town.settle(12)
    async with Stream(town, town.producer.call_ended) as calls:
        began = time.time()
        await calls.goes_on(40)
        slow = time.time()
        fault = await town.calcom.fault("* /v2/bookings*", "latency", seconds=20)
        wishes = await town.producer.wish(salon.wish(n) for n in range(8) for salon in salons)
        await town.is_open("calcom", within=240)
        await asyncio.sleep(max(0.0, slow + 30 - time.time()))
        healed = time.time()
        await town.calcom.heal(fault)
        line.recovered_after = await town.all_done(wishes, within=600)
    before, meanwhile = await calls.p95(began, slow), await calls.p95(slow, healed)
    at_once = _at_once([each for each in await town.asked(since=slow) if each["seconds"] > 10])
    say(f"p95 of calls {before:.3f} s, {meanwhile:.3f} s meanwhile; {at_once} requests at once")
    assert at_once <= CONCURRENCY
    assert meanwhile < max(3 * before, 2.0)
    account = await town.account(wishes, line)
    assert not account.dead


def _at_once(requests: list[dict[str, Any]]) -> int:
    """How many were waited for at a time: the simulator goes on with what its sender has given up."""
    spans = [(each["time"], min(each["seconds"], CALCOM.attempt)) for each in requests]
    return max(sum(at <= now < at + seconds for at, seconds in spans) for now, _ in spans)


@pytest.mark.long
async def test_slow_links_to_everything_open_no_circuit(town: Town, closing: Closing) -> None:
    line = closing.begin("slow links: provider and broker 0.5 s, database 0.1 s", town.tally)
    (salon,) = await town.settle(1)
    before = town.told("calcom")
    await town.calcom.fault("* /*", "latency", seconds=0.5)
    town.site.amqp.delay = 0.25
    town.site.sql.delay = 0.05
    wishes = await town.producer.wish(salon.wish(n) for n in range(10))
    line.recovered_after = await town.all_done(wishes, within=600)
    assert town.told("calcom") == before
    assert not [row for row in town.deliveries(wishes) if row["history"]]
    town.site.amqp.heal()
    town.site.sql.heal()
    await town.account(wishes, line)


@pytest.mark.long
@pytest.mark.parametrize("fate", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_process_that_stops_while_it_probes_holds_the_probe_for_its_lease_only(
    town: Town, closing: Closing, fate: signal.Signals
) -> None:
    line = closing.begin(f"{fate.name} of the process that probes", town.tally)
    (salon,) = await town.settle(1)
    before = town.told("calcom")
    fault = await town.calcom.fault("* /v2*", "status", status=503)
    wishes = await town.producer.wish(salon.wish(n) for n in range(30))
    await town.is_open("calcom", within=240)
    await town.calcom.fault("* /v2*", "latency", seconds=60)
    await town.calcom.heal(fault)
    prober = await eventually(lambda: _prober(town), within=240, of="a probe on its way")
    os.kill(prober, fate)
    await town.calcom.heal()
    stopped = time.monotonic()
    try:
        await town.is_closed("calcom", within=300)
        line.recovered_after = time.monotonic() - stopped
    finally:
        if fate is signal.SIGSTOP:
            os.kill(prober, signal.SIGCONT)
    await town.all_done(wishes, within=600)
    await town.tells_once("calcom", before)
    for syncer in town.syncers:
        syncer.deaths.clear()
    await town.account(wishes, line)


async def _prober(town: Town) -> int | None:
    """The pid of the process whose probe has reached the provider."""
    row = town.circuit("calcom")
    if not row.get("probe_by"):
        return None
    waiting = [each for each in await town.asked() if each["status"] is None]
    return int(row["probe_by"].rsplit(":", 1)[1]) if waiting else None
