"""A message that ends whoever handles it is given up alone: one dead letter, and its neighbours are done."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.names import SYNCER_BOOKINGS
from tests.faults.closing import Closing, Line
from tests.faults.open_site import open_site
from tests.faults.site import Nodes, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_GIGABYTE = 1024 * 1024 * 1024
_NEIGHBOURS = 59
#: Twice in its queue, then alone in quarantine, up to that queue's limit; one more where a death comes before
#: the broker has counted.
_DEATHS = range(3, 11)


async def test_of_60_in_flight_the_one_that_ends_its_worker_is_a_dead_letter(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("a message that ends its worker, 60 in flight", here.tally)
    assert await _given_up_alone(here, line, exit=True) == "delivery_limit"
    assert sum(len(worker.deaths) for worker in here.workers) == 0


@pytest.mark.long
async def test_the_one_that_takes_all_memory_and_has_its_worker_killed_is_a_dead_letter(
    nodes: Nodes, tmp_path: Path, closing: Closing
) -> None:
    async with open_site(nodes, tmp_path, workers=1, memory=_GIGABYTE) as here:
        line = closing.begin("a message that takes all memory: killed", here.tally)
        assert await _given_up_alone(here, line, memory="dies") == "delivery_limit"


@pytest.mark.long
async def test_the_one_that_takes_all_memory_and_is_told_so_is_a_dead_letter_and_nobody_dies(
    nodes: Nodes, tmp_path: Path, closing: Closing
) -> None:
    async with open_site(nodes, tmp_path, workers=1, memory=_GIGABYTE) as here:
        line = closing.begin("a message that takes all memory: MemoryError", here.tally)
        (worker,) = here.workers
        assert await _given_up_alone(here, line, memory="raises") == "attempts_exhausted"
        assert worker.starts == 1


async def _given_up_alone(here: Site, line: Line, **do: Any) -> str:
    """The reason with which it was given up."""
    async with here.load(rate=0) as load:
        with _frozen(here):
            await load.send(_NEIGHBOURS // 2, seconds=0.3)
            (it,) = await load.send(1, **do)
            await load.send(_NEIGHBOURS - _NEIGHBOURS // 2, seconds=0.3)
    await here.drained(load, 300)
    _forgive(here)
    account = await here.account(load, line)
    assert account.dead == {it}
    assert len(account.effects) == _NEIGHBOURS
    rows = here.rows("select * from deliveries where event_id = any(%s)", list(load.accepted))
    assert [row["event_id"] for row in rows if row["history"]] == [it]
    (dead,) = (row for row in rows if row["state"] == "dead")
    assert dead["queue"] == SYNCER_BOOKINGS
    assert dead["body"] is not None
    return str(dead["reason"])


@contextmanager
def _frozen(here: Site) -> Iterator[None]:
    """Nobody handles anything yet."""
    for worker in here.workers:
        os.kill(worker.pid, signal.SIGSTOP)
    yield
    for worker in here.workers:
        os.kill(worker.pid, signal.SIGCONT)


def _forgive(here: Site) -> None:
    """The deaths of this one message's handlers, so many and no more."""
    deaths = [code for worker in here.workers for code in worker.deaths]
    assert not deaths or len(deaths) in _DEATHS, deaths
    for worker in here.workers:
        worker.deaths.clear()
