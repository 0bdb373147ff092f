"""A process dies after a provider did something and before we saved it: it is found, not made again."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest

from shared.contracts.events import BranchCreated
from tests.faults.account import Account
from tests.faults.closing import Closing
from tests.faults.salon import Salon
from tests.faults.supervised import Supervised
from tests.faults.town import Town
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
#: LLM, list of agents, agent, version, number and webhook are asked for by POST.
POSTS = 7


async def test_a_death_after_a_booking_does_not_book_again(town: Town, closing: Closing) -> None:
    line = closing.begin("death between a booking and our row, both", town.tally)
    salons = await town.settle(4)
    starts = [syncer.starts for syncer in town.syncers]
    for number, syncer in enumerate(town.syncers):
        await _will_die(syncer, f"created:{2 + number}")
    wishes = await town.producer.wish(salon.wish(n) for n in range(6) for salon in salons)
    line.recovered_after = await town.all_done(wishes, within=600)
    died = [syncer.starts - before for syncer, before in zip(town.syncers, starts, strict=True)]
    assert died == [2, 2], "each was started to die, died, and was started again"
    await town.account(wishes, line)
    assert set((await town.booked(salons)).values()) == {1}


@pytest.mark.long
async def test_a_death_at_any_step_of_a_provisioning_makes_nothing_twice(
    town: Town, closing: Closing
) -> None:
    line = closing.begin(f"death after each of {POSTS} POSTs of the provisioner", town.tally)
    branches: dict[str, Premises] = {}
    for point in range(1, POSTS + 1):
        starts = town.provisioner.starts
        await _will_die(town.provisioner, f"created:{point}")
        premises = await _premises(town)
        branches[await town.producer.tell(premises.entered)] = premises
        await _started(town.provisioner, starts + 2)
    await town.provisioner.ready(300)
    line.recovered_after = await town.all_done(branches, within=600)
    made = [await premises.made(town) for premises in branches.values()]
    assert made == [{"llms": 1, "agents": 1, "published": 1, "webhooks": 1, "numbers": 1}] * len(made)
    await town.site.aftermath.booked()
    await town.judge(Account(set(branches), Counter(list(branches)), _provisioned(town, branches)), line)


async def _will_die(process: Supervised, point: str) -> None:
    """Started anew, ready, and to die there."""
    starts = process.starts
    process.crash_at(point)
    await _started(process, starts + 1)
    await process.ready(300)


async def _started(process: Supervised, times: int) -> None:
    async def probe() -> bool:
        return process.starts >= times

    await eventually(probe, within=300, of=f"start {times} of {process.module}")


@dataclass(frozen=True)
class Premises:
    """A branch, and its company's accounts."""

    salon: Salon
    retell_key: str
    entered: BranchCreated

    async def made(self, town: Town) -> dict[str, int]:
        """What there is at the providers."""
        asked = {
            "llms": await town.ask_retell(self.retell_key, "GET", "/v2/list-retell-llms"),
            "agents": await town.ask_retell(self.retell_key, "POST", "/v2/list-agents", {}),
            "numbers": await town.ask_retell(self.retell_key, "GET", "/v2/list-phone-numbers"),
        }
        agent = asked["agents"]["items"][0]["agent_id"]
        versions = await town.ask_retell(self.retell_key, "GET", f"/list-agent-versions/{agent}")
        published = [each for each in versions["items"] if each["is_published"]]
        counts = {name: len(answer["items"]) for name, answer in asked.items()}
        return counts | {"published": len(published), "webhooks": await town.webhooks(self.salon)}


async def _premises(town: Town) -> Premises:
    (salon,) = await town.settle(1)
    key = str((await town.retell.add_workspace())["api_key"])
    await asyncio.to_thread(
        town.site.console.patch, "companies", salon.company_id, body={"retell_api_key": key}
    )
    number = f"+4930{int(salon.company_id[-5:], 16):08d}"
    entered = BranchCreated.model_validate({
        "company_id": salon.company_id, "branch_id": "mitte", "version": 1, "name": "Salon Mitte",
        "opening_hours": {"montag": ["09:00-18:00"]}, "phone_number": number,
        "termination_uri": "sip.example.org",
        "services": [{"name": "Haarschnitt", "event_type_id": salon.event_type}],
    })  # fmt: skip
    return Premises(salon, key, entered)


def _provisioned(town: Town, branches: dict[str, Premises]) -> Counter[str]:
    query = "select company_id from event_log where type = 'branch.provisioned' and company_id = any(%s)"
    companies = {one.salon.company_id: event_id for event_id, one in branches.items()}
    return Counter(companies[row["company_id"]] for row in town.site.rows(query, list(companies)))
