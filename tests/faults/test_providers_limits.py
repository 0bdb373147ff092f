"""A provider says "too many": nobody asks it again with that key before it allows, everybody else goes on."""

import time
from collections import defaultdict
from typing import Any

import pytest

from tests.faults.closing import Closing
from tests.faults.salon import Salon
from tests.faults.town import BOOKINGS, Town
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]
#: What was sent before anybody could know is no request too early.
ON_ITS_WAY = 2.0


async def test_a_429_is_obeyed_by_everybody_for_that_key_alone(town: Town, closing: Closing) -> None:
    salons = await town.settle(6)
    began = time.time()
    await town.calcom.fault(f"POST {BOOKINGS}", "rate_limit", retry_after=10, times=4)
    wishes = await town.producer.wish(salon.wish(n) for n in range(8) for salon in salons)
    free = await eventually(lambda: _some_are_done(town, wishes, salons), within=120)
    recovered = await town.all_done(wishes, within=200)
    limited = await _asked_too_early(town, salons, began, pause=10.0)
    assert 1 <= len(limited) <= 4
    assert free
    assert not [row for row in town.deliveries(wishes) if row["history"]], "a 429 costs no attempt"
    account = await town.account(wishes)
    closing.add("429 with Retry-After, four of 48", account, recovered_after=recovered)


async def _some_are_done(town: Town, wishes: dict[str, Any], salons: list[Salon]) -> set[str]:
    """Companies that have a booking while another one's circuit is open."""
    is_open = [salon for salon in salons if town.circuit(f"calcom:{salon.company_id}").get("state") == "open"]
    done = {row["event_id"] for row in town.deliveries(wishes) if row["state"] == "done"}
    served = {wish.company_id for event_id, wish in wishes.items() if event_id in done}
    return served - {salon.company_id for salon in is_open} if is_open else set()


async def _asked_too_early(town: Town, salons: list[Salon], since: float, *, pause: float) -> set[str]:
    """Keys that were limited; fails on a request between what was on its way and the end of the pause."""
    asked = defaultdict(list)
    for each in await town.asked(*(salon.calcom_key for salon in salons), since=since):
        asked[each["key"]].append(each)
    limited = set()
    for key, requests in asked.items():
        for answered in [each["time"] + each["seconds"] for each in requests if each["status"] == 429]:
            limited.add(key)
            early = [
                round(each["time"] - answered, 2)
                for each in requests
                if answered + ON_ITS_WAY < each["time"] < answered + pause
            ]
            assert not early, f"{key} was used {early} s after its 429"
    return limited


@pytest.mark.long
async def test_without_retry_after_the_budget_is_the_providers_and_a_third_is_the_callers(
    town: Town, closing: Closing
) -> None:
    (salon,) = await town.settle(1)
    await town.calcom.configure(rate_limit_per_minute=12, rate_limit_block_seconds=30)
    began = time.time()
    wishes = await town.producer.wish(salon.wish(n) for n in range(12))
    budget = f"calcom:{salon.company_id}:budget"
    await town.is_open(budget, within=120)
    async with town.caller(salon) as caller:
        assert (await caller.me()).username
    recovered = await town.all_done(wishes, within=400)
    asked = await town.asked(salon.calcom_key, since=began)
    assert [each for each in asked if each["status"] == 429] == []
    assert not [row for row in town.deliveries(wishes) if row["history"]]
    closing.add("limit of 12 a minute, 24 calls", await town.account(wishes), recovered_after=recovered)


@pytest.mark.long
async def test_a_block_without_retry_after_is_waited_out(town: Town, closing: Closing) -> None:
    (salon,) = await town.settle(1)
    await town.calcom.configure(rate_limit_per_minute=12, rate_limit_block_seconds=70)
    began = time.time()
    # Somebody else uses the key as well: the provider's count is higher than ours.
    await town.use_up(salon, 12)
    wishes = await town.producer.wish(salon.wish(n) for n in range(6))
    circuit = await town.is_open(f"calcom:{salon.company_id}", within=120)
    assert circuit["reason"].startswith("429")
    recovered = await town.all_done(wishes, within=400)
    await _asked_too_early(town, [salon], began, pause=60.0)
    closing.add("429 without Retry-After", await town.account(wishes), recovered_after=recovered)
