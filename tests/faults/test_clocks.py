"""Clocks that differ by ten minutes, jump, or stand still: what is due is due by the database's clock."""

import asyncio
import time
from contextlib import AsyncExitStack

import httpx
import pytest

from shared.clients.signatures import sign_retell
from tests.faults.closing import Closing
from tests.faults.site import Site
from tests.faults.supervised import Supervised
from tests.integration.webhook_ingest.conftest import COMPANY, RETELL_KEY
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_TEN_MINUTES = 600


def _skewed(here: Site, module: str, name: str, seconds: float, **environment: str) -> Supervised:
    own = {**here.environment, "CLOCK_SKEW": str(seconds), **environment}
    return Supervised(f"tests.faults.skewed {module}", here.folder / f"{name}.log", own)


@pytest.mark.long
async def test_workers_whose_clocks_differ_redeliver_in_time_and_once(here: Site, closing: Closing) -> None:
    async with AsyncExitStack() as stack:
        for name, seconds, more in (
            ("ahead", _TEN_MINUTES, {}),
            ("behind", -_TEN_MINUTES, {}),
            ("jumps", _TEN_MINUTES, {"CLOCK_STEP": "8"}),
        ):
            worker = _skewed(here, "tests.faults.worker", name, seconds, **more)
            await (await stack.enter_async_context(worker)).ready()
        for sound in here.workers:
            sound.kill()
        async with here.load(rate=10, do={"fail": 1}) as load:
            await asyncio.sleep(6)
        account = await here.account(load)
    waits = here.rows(
        "select extract(epoch from e.at - (d.history->0->>'at')::timestamptz) as seconds, e.pid"
        " from fault_effects e join deliveries d using (event_id) where d.event_id = any(%s)",
        list(load.accepted),
    )
    assert len(waits) == len(load.accepted)
    assert not account.dead
    closing.add("clocks of workers ±10 min, one of which jumps", account)


async def test_an_ingest_whose_clock_is_wrong_refuses_what_is_signed_with_a_time(here: Site) -> None:
    body = b'{"event": "call_ended", "call": {"call_id": "c1"}}'
    ingest = _skewed(here, "services.webhook_ingest", "ingest", _TEN_MINUTES)
    async with ingest, httpx.AsyncClient(trust_env=False) as client:
        await ingest.ready()
        headers = {
            "X-Retell-Signature": sign_retell(body, RETELL_KEY, int(time.time() * 1000)),
            "Content-Type": "application/json",
        }
        url = f"/webhooks/retell/{COMPANY}"
        refused = await client.post(ingest.url + url, content=body, headers=headers)
        taken = await client.post(here.ingest.url + url, content=body, headers=headers)
    assert (refused.status_code, taken.status_code) == (401, 202)


@pytest.mark.long
async def test_a_loop_that_is_blocked_longer_than_the_heartbeat_repeats_no_effect(
    here: Site, closing: Closing
) -> None:
    impatient = {**here.environment, "RABBITMQ_URL": here.environment["RABBITMQ_URL"] + "?heartbeat=2"}
    blocked = Supervised("tests.faults.worker", here.folder / "blocked.log", impatient)
    async with blocked:
        await blocked.ready()
        async with here.load(rate=5) as load:
            await load.send(6, block=9)
            await asyncio.sleep(1)
        await eventually(lambda: _effects_of(here, load.accepted), within=120, of="all had their effect")
        recovered = await here.handles_again()
        account = await here.account(load)
    assert not blocked.deaths
    closing.add("event loop blocked for 9 s at a heartbeat of 2 s", account, recovered_after=recovered)


async def _effects_of(here: Site, ids: set[str]) -> bool:
    query = "select count(distinct event_id) as n from fault_effects where event_id = any(%s)"
    return bool(here.rows(query, list(ids))[0]["n"] == len(ids))
