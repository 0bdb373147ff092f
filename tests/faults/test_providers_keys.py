"""A key that is refused, and a person's word: what waits for them is parked or held, and nothing is lost."""

import asyncio
import json
import signal
import sys
import time
from typing import Any

import pytest

from tests.faults.closing import Closing
from tests.faults.site import PASSWORD
from tests.faults.town import Town
from tests.processes import ROOT, process_environment
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
CONCURRENCY = 40


@pytest.mark.parametrize("backlog", [30, pytest.param(200, marks=pytest.mark.long)])
async def test_a_refused_key_parks_its_backlog_until_it_is_replaced(
    town: Town, closing: Closing, backlog: int
) -> None:
    line = closing.begin(f"401 with a backlog of {backlog + 1}", town.tally)
    refused_key = f"cal_live_refused_{backlog}"
    (salon,) = await town.settle(1, key=refused_key)
    (other,) = await town.settle(1)
    circuit = f"calcom:{salon.company_id}"
    wishes = await town.producer.wish(salon.wish(number) for number in range(backlog // 2))
    opened = (await town.is_open(circuit))["opened_at"].timestamp()
    wishes |= await town.producer.wish(salon.wish(number) for number in range(backlog // 2, backlog))
    await eventually(lambda: _all_parked(town, wishes, circuit), within=300, of="the backlog is parked")
    await town.all_done(await town.producer.wish(other.wish(number) for number in range(3)), within=300)
    for syncer in town.syncers:
        syncer.kill()
    restarted = time.time()
    await town.site.ready(300)
    wishes |= await town.producer.wish([salon.wish(backlog)])
    await eventually(lambda: _all_parked(town, wishes, circuit), within=300, of="a restart forgot nothing")
    refused = [each["time"] for each in await town.asked(refused_key)]
    assert len(refused) <= CONCURRENCY
    assert not [at for at in refused if at > max(opened + 5, restarted)], "asked again with the refused key"
    await asyncio.to_thread(
        town.site.console.patch, "companies", salon.company_id, body={"calcom_api_key": salon.calcom_key}
    )
    line.recovered_after = await town.all_done(wishes, within=600)
    assert {(row["attempt"], len(row["history"])) for row in town.deliveries(wishes)} == {(1, 0)}
    await town.tells_once(circuit)
    await town.account(wishes, line)


@pytest.mark.long
async def test_a_persons_word_holds_over_restarts_and_is_told_once(town: Town, closing: Closing) -> None:
    line = closing.begin("circuit forced open by a person", town.tally)
    (salon,) = await town.settle(1)
    before = town.told("calcom")
    opened = time.time()
    said = await _askpro(town, "open", "calcom", "--reason", "maintenance", "--minutes", "30")
    assert (said["forced"], said["forced_by"], said["forced_reason"]) == ("open", "operator", "maintenance")
    wishes = await town.producer.wish(salon.wish(number) for number in range(10))
    for syncer in town.syncers:
        syncer.kill(signal.SIGKILL)
    await town.site.ready(300)
    wishes |= await town.producer.wish(salon.wish(number) for number in range(10, 20))
    # Both have looked at what waits, and a call that needs no provider was done meanwhile.
    await town.site.aftermath.logged("delivery.held", within=180)
    await town.all_done([await town.producer.call_ended()], within=180)
    assert not [each for each in await town.asked(salon.calcom_key) if each["time"] > opened + 5]
    assert town.done(wishes) == 0
    await _askpro(town, "close", "calcom", "--reason", "it is over")
    line.recovered_after = await town.all_done(wishes, within=600)
    assert not [row for row in town.deliveries(wishes) if row["history"]]
    await town.tells_once("calcom", before)
    await town.account(wishes, line)


async def _all_parked(town: Town, event_ids: Any, circuit: str) -> bool:
    rows = town.deliveries(event_ids)
    return len(rows) == len(event_ids) and all(row["waits_for"] == circuit for row in rows)


async def _askpro(town: Town, *words: str) -> dict[str, Any]:
    """What the command line prints."""
    console = {
        "CONSOLE_URL": town.site.processes["console"].url,
        "CONSOLE_USER": "operator",
        "CONSOLE_PASSWORD": PASSWORD,
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.ops_console.cli", "circuits", *words, "--json",
        cwd=ROOT, env=process_environment(0, console), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await child.communicate()
    assert child.returncode == 0, printed
    answer: dict[str, Any] = json.loads(printed)
    return answer
