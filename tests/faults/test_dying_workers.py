"""A process dies at any line: what it had in hand is handled by another, once."""

import signal

import pytest

from tests.faults.closing import Closing
from tests.faults.site import Site
from tests.faults.supervised import Supervised
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.long
@pytest.mark.parametrize("times", [1, 4])
async def test_kill_9_of_a_worker_in_its_handler_loses_nothing_and_repeats_nothing(
    here: Site, closing: Closing, times: int
) -> None:
    line = closing.begin(f"kill -9 of a worker in its handler, {times}x", here.tally)
    async with here.load(rate=30, do={"seconds": 0.3, "note": True}) as load:
        for worker in (here.workers * 2)[:times]:
            await load.goes_on(40)
            worker.kill()
            await worker.ready(180)
    line.recovered_after = await here.handles_again()
    await here.account(load, line)
    # What had come, and was not answered, came once more for each death; and nothing else did.
    assert 1 < max(here.arrivals(load).values()) <= 1 + times


@pytest.mark.parametrize(
    "point", ["ack", *(pytest.param(point, marks=pytest.mark.long) for point in ("confirmed", "commit"))]
)
async def test_a_death_between_two_steps_repeats_no_effect(here: Site, closing: Closing, point: str) -> None:
    line = closing.begin(f"death of a worker at its 15th {point}", here.tally)
    worker = here.workers[0]
    starts = worker.starts
    worker.crash_at(f"{point}:15")
    await _started(worker, starts + 1)
    await worker.ready(180)
    async with here.load(rate=30) as load:
        await _started(worker, starts + 2)
        await worker.ready(180)
    line.recovered_after = await here.handles_again()
    await here.account(load, line)


async def _started(worker: Supervised, times: int) -> None:
    async def probe() -> bool:
        return worker.starts >= times

    await eventually(probe, within=180, of=f"start {times} of a worker")


@pytest.mark.long
async def test_a_rolling_restart_under_load_burns_no_attempt(here: Site, closing: Closing) -> None:
    line = closing.begin("rolling restart of the workers", here.tally)
    async with here.load(rate=20, do={"seconds": 0.1, "note": True}) as load:
        for worker in here.workers:
            await load.goes_on(30)
            worker.kill(signal.SIGTERM)
            await worker.ready(180)
    account = await here.account(load, line)
    assert not account.dead
    assert here.attempts_burned(load) == 0
    # What a worker had begun it has finished.
    assert here.arrivals(load) == dict.fromkeys(load.accepted, 1)
