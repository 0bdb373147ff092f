"""A provider is away while many companies' bookings wait: few calls, no attempt, nobody else is slower."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from shared.contracts.events import BookingRequested
from shared.resilience.policies import CALCOM
from tests.faults.asked import read
from tests.faults.closing import Closing
from tests.faults.salon import Salon
from tests.faults.stream import Stream, needs_retell_alone
from tests.faults.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
#: Two replicas with the prefetch of the syncer's queues.
CONCURRENCY = 40
#: From what a process finds until it is written and read by the other, on a busy machine.
SLACK = 1.5
#: From a provider's return until the last of 1,000 is done, where the machine does nothing else: 20 s until
#: the longest rest is over, and 10 s for the work.
RECOVERED_WITHIN, WORK = 30.0, 10.0
Say = Callable[[str], None]


@pytest.mark.long
async def test_what_waits_for_a_provider_is_done_when_it_is_back(town: Town, closing: Closing) -> None:
    line = closing.begin("provider away until it is noticed", town.tally)
    salons = await town.settle(6)
    fault = await town.calcom.fault("* /v2*", "status", status=503)
    wishes = await town.producer.wish(salon.wish(number) for number in range(5) for salon in salons)
    await town.is_open("calcom", within=180)
    await town.calcom.heal(fault)
    line.recovered_after = await town.all_done(wishes, within=300)
    _burned_nothing(town, wishes)
    account = await town.account(wishes, line)
    assert not account.dead


@pytest.mark.long
@pytest.mark.parametrize(
    ("seconds", "companies", "each"),
    [pytest.param(12, 6, 6, id="short"), pytest.param(60, 50, 20, id="long")],
)
async def test_a_provider_away_costs_few_calls_and_no_attempt_and_slows_nobody_else(
    town: Town, closing: Closing, seconds: float, companies: int, each: int, say: Say
) -> None:
    line = closing.begin(f"provider away for {seconds} s", town.tally)
    async with AsyncExitStack() as stack:
        streams = {
            "calls": Stream(town, town.producer.call_ended),
            "branches at Retell": Stream(town, await needs_retell_alone(town), rate=2),
        }
        for stream in streams.values():
            await stack.enter_async_context(stream)
        began = time.time()
        # The same load with the provider there: how long this machine takes, and what slows others beside it.
        early, sound = await _worked_off(town, await town.settle(companies), each)
        away = time.time()
        fault = await town.calcom.fault("* /v2*", "status", status=503)
        salons = await town.settle(companies)
        wishes = await _wished(town, salons, each)
        await town.is_open("calcom", within=180)
        await asyncio.sleep(max(away + seconds - time.time(), 2 * CALCOM.rest))
        held = time.time()
        await town.calcom.heal(fault)
        line.recovered_after = recovered = await town.all_done(wishes, within=900)
    limit = RECOVERED_WITHIN * max(1.0, sound / WORK)
    say(f"{len(wishes)} wishes: {sound:.1f} s with the provider there, {recovered:.1f} s after its return")
    for name, stream in streams.items():
        before, meanwhile = await stream.p95(began, away), await stream.p95(away, held)
        say(f"p95 of {name}: {before:.3f} s before, {meanwhile:.3f} s meanwhile")
        assert meanwhile < max(3 * before, 3.0), name
    assert recovered <= limit, f"{limit:.1f} s are enough for what takes {sound:.1f} s without an outage"
    _asked_little(town, salons, away, held, say)
    _burned_nothing(town, wishes)
    account = await town.account(early | wishes, line)
    assert not account.dead


async def _worked_off(
    town: Town, salons: list[Salon], each: int
) -> tuple[dict[str, BookingRequested], float]:
    """The wishes, and how long they took from the first that was told to the last that was done."""
    began = time.monotonic()
    wishes = await _wished(town, salons, each)
    await town.all_done(wishes, within=900)
    return wishes, time.monotonic() - began


async def _wished(town: Town, salons: list[Salon], each: int) -> dict[str, BookingRequested]:
    return await town.producer.wish(salon.wish(number) for number in range(each) for salon in salons)


def _asked_little(town: Town, salons: list[Salon], since: float, until: float, say: Say) -> None:
    """At most 5 + concurrency calls until it opened, then one for each rest over all replicas.

    By their senders' clocks: on a busy machine a provider comes to a request seconds after it was sent.
    """
    keys = {salon.calcom_key for salon in salons}
    asked = sorted(one.sent for one in read(town.requests) if one.key in keys and since <= one.sent < until)
    opened = town.circuit("calcom")["opened_at"].timestamp()
    first = [at for at in asked if at < opened + SLACK]
    probes = [at for at in asked if at >= opened + SLACK]
    say(f"{len(first)} calls until it opened, then after {[round(at - opened, 1) for at in probes]} s")
    assert len(first) <= CALCOM.fail_max + CONCURRENCY
    rests = [CALCOM.rest, CALCOM.rest * 2, CALCOM.longest_rest, CALCOM.longest_rest, CALCOM.longest_rest]
    for (earlier, later), rest in zip(pairwise([opened, *probes]), rests, strict=False):
        assert later - earlier >= rest - SLACK
    assert len(probes) <= 1 + (until - opened) / (CALCOM.rest * 0.7)
    assert probes, "nobody looked whether it is back"


def _burned_nothing(town: Town, wishes: dict[str, BookingRequested]) -> None:
    """Only what was on its way when it opened has a failed attempt, and none is of later."""
    opened = town.circuit("calcom")["opened_at"].isoformat()
    failures = [line for row in town.deliveries(wishes) for line in row["history"]]
    assert len(failures) <= CONCURRENCY
    assert [line for line in failures if line["at"] > opened and "503" in line["message"]] == []
