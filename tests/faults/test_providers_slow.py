"""A provider that takes its time, a network that is slow, and a process that stops while it probes."""

import asyncio
import os
import signal
import time
from typing import Any

import pytest

from tests.faults.closing import Closing
from tests.faults.stream import Stream
from tests.faults.town import Town
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)]
CONCURRENCY = 40


async def test_a_slow_provider_is_given_up_after_its_time_and_slows_nobody_else(
    town: Town, closing: Closing
) -> None:
    salons = await town.settle(12)
    async with Stream(town) as calls:
        began = time.time()
        await asyncio.sleep(8)
        slow = time.time()
        fault = await town.calcom.fault("* /v2/bookings*", "latency", seconds=20)
        wishes = await town.producer.wish(salon.wish(n) for n in range(8) for salon in salons)
        await town.is_open("calcom", within=60)
        await asyncio.sleep(slow + 30 - time.time())
        healed = time.time()
        await town.calcom.heal(fault)
        recovered = await town.all_done(wishes, within=300)
    before, meanwhile = await calls.p95(began, slow), await calls.p95(slow, healed)
    at_once = _at_once([each for each in await town.asked(since=slow) if each["seconds"] > 10])
    print(f"p95 of calls {before:.3f} s, {meanwhile:.3f} s meanwhile; {at_once} requests at once")  # noqa: T201
    assert at_once <= CONCURRENCY
    assert meanwhile < max(3 * before, 2.0)
    account = await town.account(wishes)
    assert not account.dead
    closing.add("answers take 20 s, for 30 s", account, recovered_after=recovered)


def _at_once(requests: list[dict[str, Any]]) -> int:
    return max(
        sum(other["time"] <= one["time"] < other["time"] + other["seconds"] for other in requests)
        for one in requests
    )


async def test_slow_links_to_everything_open_no_circuit(town: Town, closing: Closing) -> None:
    (salon,) = await town.settle(1)
    before = town.told("calcom")
    await town.calcom.fault("* /*", "latency", seconds=0.5)
    town.site.amqp.delay = 0.25
    town.site.sql.delay = 0.05
    wishes = await town.producer.wish(salon.wish(n) for n in range(10))
    took = await town.all_done(wishes, within=400)
    assert town.told("calcom") == before
    assert not [row for row in town.deliveries(wishes) if row["history"]]
    town.site.amqp.heal()
    town.site.sql.heal()
    closing.add(
        "slow links: provider and broker 0.5 s, database 0.1 s",
        await town.account(wishes),
        recovered_after=took,
    )


@pytest.mark.parametrize("fate", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_process_that_stops_while_it_probes_holds_the_probe_for_its_lease_only(
    town: Town, closing: Closing, fate: signal.Signals
) -> None:
    (salon,) = await town.settle(1)
    before = town.told("calcom")
    fault = await town.calcom.fault("* /v2*", "status", status=503)
    wishes = await town.producer.wish(salon.wish(n) for n in range(30))
    await town.is_open("calcom")
    await town.calcom.fault("* /v2*", "latency", seconds=60)
    await town.calcom.heal(fault)
    prober = await eventually(lambda: _prober(town), within=60, of="a probe on its way")
    os.kill(prober, fate)
    await town.calcom.heal()
    stopped = time.monotonic()
    try:
        await town.is_closed("calcom", within=90)
        recovered = time.monotonic() - stopped
    finally:
        if fate is signal.SIGSTOP:
            os.kill(prober, signal.SIGCONT)
    await town.all_done(wishes, within=300)
    await town.tells_once("calcom", before)
    for syncer in town.syncers:
        syncer.deaths.clear()
    closing.add(
        f"{fate.name} of the process that probes", await town.account(wishes), recovered_after=recovered
    )


async def _prober(town: Town) -> int | None:
    """The pid of the process whose probe has reached the provider."""
    row = town.circuit("calcom")
    if not row.get("probe_by"):
        return None
    waiting = [each for each in await town.asked() if each["status"] is None]
    return int(row["probe_by"].rsplit(":", 1)[1]) if waiting else None
