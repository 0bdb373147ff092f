"""A provider is away while many companies' bookings wait: few calls, no attempt, nobody else is slower."""

import asyncio
import time
from itertools import pairwise

import pytest

from shared.contracts.events import BookingRequested
from shared.resilience.policies import CALCOM
from tests.faults.closing import Closing
from tests.faults.stream import Stream
from tests.faults.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
#: Two replicas with the prefetch of the syncer's queues.
CONCURRENCY = 40
#: From what a process finds until it is written and read by the other, on a busy machine.
SLACK = 1.5


@pytest.mark.long
@pytest.mark.parametrize(
    ("seconds", "companies", "each"),
    [pytest.param(12, 6, 6, id="short"), pytest.param(60, 50, 20, id="long")],
)
async def test_a_provider_away_costs_few_calls_and_no_attempt_and_slows_nobody_else(
    town: Town, closing: Closing, seconds: float, companies: int, each: int
) -> None:
    salons = await town.settle(companies)
    async with Stream(town) as calls:
        began = time.time()
        # The same load with the provider there: what slows calls down beside it is not the outage.
        early = await town.producer.wish(salon.wish(each + n) for n in range(each // 2) for salon in salons)
        await town.all_done(early, within=300)
        away = time.time()
        fault = await town.calcom.fault("* /v2*", "status", status=503)
        wishes = await town.producer.wish(salon.wish(n) for n in range(each) for salon in salons)
        await town.is_open("calcom")
        await asyncio.sleep(max(away + seconds - time.time(), 2 * CALCOM.rest))
        held = time.time()
        await town.calcom.heal(fault)
        recovered = await town.all_done(wishes, within=300)
    before, meanwhile = await calls.p95(began, away), await calls.p95(away, held)
    _say(f"p95 of calls: {before:.3f} s before, {meanwhile:.3f} s meanwhile; recovered in {recovered:.1f} s")
    await _asked_little(town, away, held)
    _burned_nothing(town, wishes)
    assert meanwhile < max(3 * before, 3.0)
    account = await town.account(wishes)
    assert not account.dead
    closing.add(f"provider away for {seconds} s", account, recovered_after=recovered)


async def _asked_little(town: Town, since: float, until: float) -> None:
    """At most 5 + concurrency calls until it opened, then one for each rest over all replicas."""
    asked = [request["time"] for request in await town.asked(since=since) if request["time"] < until]
    opened = town.circuit("calcom")["opened_at"].timestamp()
    first = [at for at in asked if at < opened + SLACK]
    probes = [at for at in asked if at >= opened + SLACK]
    _say(f"{len(first)} calls until it opened, then {[round(at - opened, 1) for at in probes]}")
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


def _say(figures: str) -> None:
    """What was measured, which no test is decided by."""
    print(figures)  # noqa: T201
