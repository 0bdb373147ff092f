"""Two hundred branches at once, where Cal.com allows 120 calls a minute: nobody is told "too many"."""

import asyncio
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from shared.contracts.events import BranchCreated
from tests.faults import asked
from tests.faults.account import Account
from tests.faults.closing import Closing
from tests.faults.salon import Salon
from tests.faults.town import Town
from tests.faults.vitals import processor_seconds

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1800)]
COMPANIES, EACH = 8, 25
#: Cal.com's own, for an API key.
PER_MINUTE = 120
Say = Callable[[str], None]


@dataclass(frozen=True)
class Chain:
    """A company with many branches, and its accounts."""

    salon: Salon
    retell_key: str

    def branches(self) -> list[BranchCreated]:
        """Each with a number of its own."""
        return [self._branch(number) for number in range(EACH)]

    def _branch(self, number: int) -> BranchCreated:
        return BranchCreated.model_validate({
            "company_id": self.salon.company_id, "branch_id": f"{self.salon.company_id}-{number}",
            "version": 1, "name": f"Salon {number}", "opening_hours": {"montag": ["09:00-18:00"]},
            "phone_number": f"+4930{int(self.salon.company_id[-5:], 16):07d}{number:02d}",
            "termination_uri": "sip.example.org",
            "services": [{"name": "Haarschnitt", "event_type_id": self.salon.event_type}],
        })  # fmt: skip

    async def made(self, town: Town) -> dict[str, int]:
        """What there is at the providers."""
        llms = await town.ask_retell(self.retell_key, "GET", "/v2/list-retell-llms")
        agents = await town.ask_retell(self.retell_key, "POST", "/v2/list-agents", {})
        numbers = await town.ask_retell(self.retell_key, "GET", "/v2/list-phone-numbers")
        answering = [one["agent_id"] for each in numbers["items"] for one in each["inbound_agents"] or ()]
        return {
            "llms": len(llms["items"]),
            "agents": len(agents["items"]),
            "answering": len(set(answering)),
            "webhooks": await town.webhooks(self.salon),
        }


async def test_two_hundred_branches_at_once_are_all_active_and_no_provider_says_too_many(
    town: Town, closing: Closing, say: Say
) -> None:
    line = closing.begin(f"{COMPANIES * EACH} branches at once, {PER_MINUTE} calls a minute", town.tally)
    chains = [await _open(town, salon) for salon in await town.settle(COMPANIES)]
    await town.calcom.configure(rate_limit_per_minute=PER_MINUTE, rate_limit_block_seconds=60)
    say(f"own time of a branch that is alone: {await _alone(town):.2f} s")
    began, used = time.time(), processor_seconds(town.provisioner.pid)
    branches = [branch for chain in chains for branch in chain.branches()]
    ids = await asyncio.gather(*map(town.producer.tell, branches))
    line.recovered_after = await town.all_done(ids, within=1500)
    assert set(_states(town, chains)) == {"provisioned"}
    assert [each for each in await town.asked(since=began) if each["status"] == 429] == []
    assert not [row for row in town.deliveries(ids) if row["history"]], "none was tried twice"
    own = _own_times(town, chains)
    line.own_time = max(own)
    used = (processor_seconds(town.provisioner.pid) - used) / len(own)
    say(f"own time of a branch: {statistics.median(own):.2f} s in the middle, {max(own):.2f} s at most;")
    say(f"{used:.2f} s of a core for each, on a machine whose load is {os.getloadavg()[0]:.0f}")
    one_each = {"llms": EACH, "agents": EACH, "answering": EACH, "webhooks": 1}
    assert [await chain.made(town) for chain in chains] == [one_each] * COMPANIES
    await town.site.aftermath.booked()
    await town.judge(Account(set(ids), Counter(ids), _provisioned(town, chains)), line)


async def _alone(town: Town) -> float:
    """From what was entered to an agent that answers, where nobody else wants anything."""
    chain = await _open(town, (await town.settle(1))[0])
    await town.all_done([await town.producer.tell(chain.branches()[0])], within=120)
    return _own_times(town, [chain])[0]


async def _open(town: Town, salon: Salon) -> Chain:
    key = str((await town.retell.add_workspace())["api_key"])
    keys = {"retell_api_key": key}
    await asyncio.to_thread(town.site.console.patch, "companies", salon.company_id, body=keys)
    return Chain(salon, key)


def _states(town: Town, chains: list[Chain]) -> list[str]:
    rows = town.site.rows("select status from branches where company_id = any(%s)", _ids(chains))
    assert len(rows) == COMPANIES * EACH
    return [row["status"] for row in rows]


def _own_times(town: Town, chains: list[Chain]) -> list[float]:
    """Of each branch: what its steps took, without what the providers took of it."""
    query = (
        "select branch_id, sum(duration_seconds) as seconds from provisioning_steps"
        " where company_id = any(%s) group by branch_id"
    )
    theirs = Counter[str | None]()
    for one in asked.read(town.requests):
        theirs[one.branch] += one.took
    return [row["seconds"] - theirs[row["branch_id"]] for row in town.site.rows(query, _ids(chains))]


def _provisioned(town: Town, chains: list[Chain]) -> Counter[str]:
    """How often each branch was told to be ready."""
    query = (
        "select document->'data'->>'branch_id' as branch from event_log"
        " where type = 'branch.provisioned' and company_id = any(%s)"
    )
    return Counter(row["branch"] for row in town.site.rows(query, _ids(chains)))


def _ids(chains: list[Chain]) -> list[str]:
    return [chain.salon.company_id for chain in chains]
