"""A provider says "too many": nobody asks it again with that key before it allows, everybody else goes on."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults import asked
from tests.faults.asked import Asked
from tests.faults.closing import Closing
from tests.faults.salon import Salon
from tests.faults.town import BOOKINGS, Town
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
#: What a process may have in hand of one queue.
PLACES = 20
Say = Callable[[str], None]


@pytest.mark.long
@pytest.mark.parametrize(
    ("companies", "each", "times", "pause"),
    [
        pytest.param(8, 6, 36, 3.0, id="short"),
        pytest.param(24, 10, 240, 10.0, id="long"),
    ],
)
async def test_in_a_storm_of_429s_no_request_comes_earlier_than_the_provider_allows(
    town: Town, closing: Closing, companies: int, each: int, times: int, pause: float, say: Say
) -> None:
    line = closing.begin(f"{times} times 429 with Retry-After {pause:.0f}", town.tally)
    salons = await town.settle(companies)
    await town.calcom.fault(f"POST {BOOKINGS}", "rate_limit", retry_after=pause, times=times)
    wishes = await town.producer.wish(salon.wish(n) for n in range(each) for salon in salons)
    line.recovered_after = await town.all_done(wishes, within=900)
    assert _nobody_came_early(town, salons, pause, say) == times
    assert not [row for row in town.deliveries(wishes) if row["history"]], "a 429 costs no attempt"
    await town.account(wishes, line)


@pytest.mark.long
async def test_a_429_stops_one_company_and_no_other(town: Town, closing: Closing, say: Say) -> None:
    line = closing.begin("429 for some of six companies", town.tally)
    salons = await town.settle(6)
    await town.calcom.fault(f"POST {BOOKINGS}", "rate_limit", retry_after=5, times=3)
    wishes = await town.producer.wish(salon.wish(n) for n in range(6) for salon in salons)
    assert await eventually(lambda: _some_are_done(town, wishes, salons), within=300)
    line.recovered_after = await town.all_done(wishes, within=600)
    _nobody_came_early(town, salons, 5.0, say)
    await town.account(wishes, line)


async def _some_are_done(town: Town, wishes: dict[str, Any], salons: list[Salon]) -> set[str]:
    """Companies that have a booking while another one's circuit is open."""
    is_open = [salon for salon in salons if town.circuit(f"calcom:{salon.company_id}").get("state") == "open"]
    done = {row["event_id"] for row in town.deliveries(wishes) if row["state"] == "done"}
    served = {wish.company_id for event_id, wish in wishes.items() if event_id in done}
    return served - {salon.company_id for salon in is_open} if is_open else set()


def _nobody_came_early(town: Town, salons: list[Salon], pause: float, say: Say) -> int:
    """How many 429s there were. After one, whoever was told sends nothing until the provider allows it.

    On its way, for another process, is what it had in hand.
    """
    keys = {salon.calcom_key for salon in salons}
    sent = [one for one in asked.read(town.requests) if one.key in keys]
    refused = [one for one in sent if one.status == 429]
    early = [(told, one) for told in refused for one in sent if _is_early(told, one, pause)]
    own = [round(one.sent - (told.answered or 0), 2) for told, one in early if one.pid == told.pid]
    assert not own, f"used {own} s after its own 429"
    others = Counter((told.number, one.pid) for told, one in early)
    most = max(others.values(), default=0)
    say(f"{len(refused)} times 429; at most {most} requests of the other process were on their way")
    assert most <= PLACES
    return len(refused)


def _is_early(told: Asked, one: Asked, pause: float) -> bool:
    return one.key == told.key and told.answered is not None and 0 < one.sent - told.answered < pause


@pytest.mark.long
async def test_without_retry_after_the_budget_is_the_providers_and_a_third_is_the_callers(
    town: Town, closing: Closing
) -> None:
    line = closing.begin("limit of 12 a minute, 24 calls", town.tally)
    (salon,) = await town.settle(1)
    await town.calcom.configure(rate_limit_per_minute=12, rate_limit_block_seconds=30)
    began = time.time()
    # The first answer tells the limit; until then the documented one holds: a burst would use up all of it.
    wishes = await town.producer.wish([salon.wish(0)])
    await town.all_done(wishes, within=240)
    wishes |= await town.producer.wish(salon.wish(n) for n in range(1, 12))
    budget = f"calcom:{salon.company_id}:budget"
    await town.is_open(budget, within=240)
    async with town.caller(salon) as caller:
        assert (await caller.me()).username
    line.recovered_after = await town.all_done(wishes, within=600)
    received = await town.asked(salon.calcom_key, since=began)
    assert [each for each in received if each["status"] == 429] == []
    assert not [row for row in town.deliveries(wishes) if row["history"]]
    await town.account(wishes, line)


@pytest.mark.long
async def test_a_block_without_retry_after_is_waited_out(town: Town, closing: Closing, say: Say) -> None:
    line = closing.begin("429 without Retry-After", town.tally)
    (salon,) = await town.settle(1)
    await town.calcom.configure(rate_limit_per_minute=12, rate_limit_block_seconds=70)
    # Somebody else uses the key as well: the provider's count is higher than ours.
    await town.use_up(salon, 12)
    wishes = await town.producer.wish(salon.wish(n) for n in range(6))
    circuit = await town.is_open(f"calcom:{salon.company_id}", within=240)
    assert circuit["reason"].startswith("429")
    line.recovered_after = await town.all_done(wishes, within=600)
    _nobody_came_early(town, [salon], 60.0, say)
    await town.account(wishes, line)
