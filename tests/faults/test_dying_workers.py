"""A process dies at any line: what it had in hand is handled by another, once."""

import asyncio
import signal

import pytest

from tests.faults.closing import Closing
from tests.faults.site import Site
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.long
async def test_kill_9_of_a_worker_in_its_handler_loses_nothing_and_repeats_nothing(
    here: Site, closing: Closing
) -> None:
    async with here.load(rate=60, do={"seconds": 0.05}) as load:
        for worker in here.workers * 2:
            await asyncio.sleep(1.5)
            worker.kill()
            await worker.ready()
    recovered = await here.handles_again()
    account = await here.account(load)
    closing.add("kill -9 of a worker in its handler, 4 times", account, recovered_after=recovered)


@pytest.mark.parametrize(
    "point", ["ack", *(pytest.param(name, marks=pytest.mark.long) for name in ("commit", "confirmed"))]
)
async def test_a_death_between_two_steps_repeats_no_effect(here: Site, closing: Closing, point: str) -> None:
    worker = here.workers[0]
    starts = worker.starts
    worker.crash_at(f"{point}:15")
    async with here.load(rate=60) as load:
        await eventually(lambda: _started(worker, starts + 2), within=60, of=f"death at {point}")
        await worker.ready()
    recovered = await here.handles_again()
    account = await here.account(load)
    closing.add(f"death of a worker at its 15th {point}", account, recovered_after=recovered)


async def _started(worker: object, times: int) -> bool:
    return bool(worker.starts >= times)  # type: ignore[attr-defined]


async def test_a_rolling_restart_under_load_burns_no_attempt(here: Site, closing: Closing) -> None:
    async with here.load(rate=60, do={"seconds": 0.1}) as load:
        for worker in here.workers:
            await asyncio.sleep(1)
            worker.kill(signal.SIGTERM)
            await worker.ready()
    account = await here.account(load)
    again = here.rows(
        "select event_id from deliveries where history <> '[]' and event_id = any(%s)", list(load.accepted)
    )
    assert not account.dead
    assert not again
    closing.add("rolling restart of the workers", account)
