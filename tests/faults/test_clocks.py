"""Clocks that differ by ten minutes, jump, or stand still: what is due is due by the database's clock."""

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from shared.clients.signatures import sign_retell
from tests.faults.closing import Closing
from tests.faults.load import Load
from tests.faults.open_site import open_site
from tests.faults.site import Nodes, Site
from tests.faults.supervised import Supervised
from tests.integration.webhook_ingest.conftest import COMPANY, RETELL_KEY
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_TEN_MINUTES = 600
_SKEWED = {"worker-ahead": _TEN_MINUTES, "worker-behind": -_TEN_MINUTES, "worker-jumps": _TEN_MINUTES}
#: One second, less its jitter.
_EARLIEST = 0.8
#: An error of the clocks would show as ten minutes, or as none.
_LATEST = _TEN_MINUTES / 2


def _skewed(here: Site, module: str, name: str, seconds: float) -> Supervised:
    own = {**here.environment, "CLOCK_SKEW": str(seconds)}
    return Supervised(f"tests.faults.skewed {module}", here.folder / f"{name}.log", own)


@pytest.mark.long
async def test_workers_whose_clocks_differ_redeliver_in_time_and_once(
    nodes: Nodes, tmp_path: Path, closing: Closing
) -> None:
    async with _site_of_skewed_workers(nodes, tmp_path) as here:
        line = closing.begin("clocks of workers ±10 min, one of which jumps", here.tally)
        jumps = here.processes["worker-jumps"]
        async with here.load(do={"fail": 1, "note": True}) as load:
            await _did_something(here, jumps, 5)
            os.kill(jumps.pid, signal.SIGUSR1)
            await _did_something(here, jumps, 5)
        account = await here.account(load, line)
        assert not account.dead
        rows = _attempts(here, load)
    assert {row["failed_by"] for row in rows} == {worker.pid for worker in here.workers}
    assert len(rows) == len(load.accepted)
    waits = sorted(float(row["seconds"]) for row in rows)
    assert waits[0] >= _EARLIEST, waits[:5]
    assert waits[-1] < _LATEST, waits[-5:]


@asynccontextmanager
async def _site_of_skewed_workers(nodes: Nodes, folder: Path) -> AsyncIterator[Site]:
    async with open_site(nodes, folder, workers=0) as here, AsyncExitStack() as stack:
        for name, seconds in _SKEWED.items():
            worker = _skewed(here, "tests.faults.worker", name, seconds)
            here.processes[name] = await stack.enter_async_context(worker)
        await here.settled()
        yield here


async def _did_something(here: Site, worker: Supervised, more: int) -> None:
    """Return once it has handled so many more."""
    query = "select count(*) as n from fault_effects where pid = %s"
    before = here.rows(query, worker.pid)[0]["n"]

    async def probe() -> bool:
        return bool(here.rows(query, worker.pid)[0]["n"] >= before + more)

    await eventually(probe, within=180, of="the worker takes part")


def _attempts(here: Site, load: Load) -> list[dict[str, object]]:
    """Who failed, and how long after that its second attempt began; by the database's clock."""
    query = (
        "select first.pid as failed_by, extract(epoch from second.at - first.at) as seconds"
        " from fault_arrivals first join fault_arrivals second using (event_id)"
        " where first.attempt = 1 and second.attempt = 2 and event_id = any(%s)"
    )
    return here.rows(query, list(load.accepted))


@pytest.mark.long
async def test_an_ingest_whose_clock_is_wrong_refuses_what_is_signed_with_a_time(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("clock of ingest 10 min ahead", here.tally)
    body = b'{"event": "call_ended", "call": {"call_id": "c1"}}'
    ingest = _skewed(here, "services.webhook_ingest", "ingest", _TEN_MINUTES)
    async with ingest, httpx.AsyncClient(trust_env=False) as client, here.load(rate=0) as load:
        await ingest.ready(180)
        headers = {
            "X-Retell-Signature": sign_retell(body, RETELL_KEY, int(time.time() * 1000)),
            "Content-Type": "application/json",
        }
        url = f"/webhooks/retell/{COMPANY}"
        refused = await client.post(ingest.url + url, content=body, headers=headers)
        taken = await client.post(here.ingest.url + url, content=body, headers=headers)
        load.accepted.add(str(taken.json()["event_id"]))
    assert (refused.status_code, taken.status_code) == (401, 202)
    load.refused[refused.status_code] = 1
    await here.account(load, line)


@pytest.mark.long
async def test_a_loop_that_is_blocked_longer_than_the_heartbeat_repeats_no_effect(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("event loop blocked for 9 s at a heartbeat of 2 s", here.tally)
    own = {"RABBITMQ_URL": here.environment["RABBITMQ_URL"] + "?heartbeat=2", "BLOCK_SECONDS": "9"}
    blocked = Supervised("tests.faults.worker", here.folder / "blocked.log", {**here.environment, **own})
    async with blocked:
        await blocked.ready(180)
        async with here.load(rate=0) as load:
            # One for each of the three.
            await load.send(3, note=True, block=True)
            await eventually(lambda: _given_to_another(here, blocked, load), within=240, of="a redelivery")
        line.recovered_after = await here.handles_again()
        account = await here.account(load, line)
        assert not account.dead
    assert not blocked.deaths


async def _given_to_another(here: Site, blocked: Supervised, load: Load) -> bool:
    """Whether the broker has taken from ``blocked`` what it was blocked by: two handlers had it."""
    query = (
        "select 1 from fault_arrivals where event_id = any(%s) group by event_id"
        " having count(distinct pid) > 1 and bool_or(pid = %s)"
    )
    return bool(here.rows(query, list(load.accepted), blocked.pid))
