"""Thousands of webhooks and hundreds of branches while everything is killed in turn."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.faults.closing import Closing
from tests.faults.installation import Installation, installation
from tests.faults.reckoning import Reckoning
from tests.faults.senders import Senders
from tests.faults.site import Nodes
from tests.faults.stories import Day

pytestmark = pytest.mark.slow
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """``faults``: what is killed, spread over the load, ``every`` so many seconds at the earliest.

    ``within``: seconds in which the books are closed.
    """

    companies: int
    webhooks: int
    branch_events: int
    wishes: int
    rate: float
    faults: tuple[str, ...]
    every: float
    within: float
    mail: bool

    def day(self, here: Installation) -> Day:
        return Day(here.companies, self.webhooks, self.branch_events, self.wishes)

    def times(self, share: float) -> "Size":
        """The same faults under a part of the load, for a machine that has not the time for all of it."""
        counts = (self.webhooks, self.branch_events, self.wishes)
        webhooks, branch_events, wishes = (round(count * share) for count in counts)
        return replace(
            self, webhooks=webhooks, branch_events=branch_events, wishes=wishes, rate=self.rate * share
        )


#: A mail that was being sent when its sender died is nobody's for 90 s: the short form sends none.
SHORT = Size(2, 300, 10, 4, 40, ("syncer-1", "broker", "database"), 1, 300, mail=False)
LONG = Size(
    10, 10_000, 500, 50, 30,
    (
        "syncer-1", "provisioner", "broker", "notifier", "ingest", "database", "console", "syncer-2",
        "broker", "provisioner", "syncer-1", "database", "notifier", "broker", "syncer-2",
    ),
    5, 1500, mail=True,
)  # fmt: skip


@pytest.mark.timeout(600)
@pytest.mark.long
async def test_a_kill_of_worker_broker_and_database_under_load_loses_and_repeats_nothing(
    nodes: Nodes, tmp_path: Path, closing: Closing, say: Say
) -> None:
    await _run(SHORT, nodes, tmp_path, closing, say)


@pytest.mark.long
@pytest.mark.timeout(2400)
async def test_a_day_of_kills_under_the_load_of_a_day_loses_and_repeats_nothing(
    nodes: Nodes, tmp_path: Path, closing: Closing, say: Say
) -> None:
    size = LONG.times(float(os.environ.get("BIG_RUN_SHARE", "1")))
    await _run(size, nodes, tmp_path, closing, say)


async def _run(size: Size, nodes: Nodes, folder: Path, closing: Closing, say: Say) -> None:
    async with installation(nodes, folder, companies=size.companies, mail=size.mail) as here:
        senders = Senders(here.ingest.url, size.day(here).messages(seed=7), size.rate)
        reckoning = Reckoning(here, senders)
        line = closing.begin(_title(size), reckoning.tally)
        async with senders.sending() as sending:
            for number, fault in enumerate(size.faults, start=1):
                await senders.have_sent(number / (len(size.faults) + 1))
                await asyncio.sleep(size.every)
                say(f"{_progress(reckoning)}; kill -9 of {fault}")
                await _kill(here, fault)
            healed = time.monotonic()
            await sending
        say(f"{_progress(reckoning)}; all is sent")
        await reckoning.drained(size.within)
        line.recovered_after = time.monotonic() - healed
        await reckoning.judge(line)
        say(f"{_progress(reckoning)}; drained after {line.recovered_after:.0f} s")


async def _kill(here: Installation, fault: str) -> None:
    """``kill -9``; returns when it is back."""
    servers = {"broker": here.nodes.rabbitmq, "database": here.nodes.postgres}
    if (server := servers.get(fault)) is not None:
        server.kill9()
        await asyncio.sleep(1)
        await here.nodes.back(server)
    else:
        process = here.processes[fault]
        process.kill()
        await process.ready(300)


def _progress(reckoning: Reckoning) -> str:
    left = reckoning.left() or {}
    counts = ", ".join(f"{name} {number}" for name, number in left.items())
    senders = reckoning.senders
    return f"{senders.sent} of {len(senders.messages)} sent ({counts or 'no answer'})"


def _title(size: Size) -> str:
    servers = {name: size.faults.count(name) for name in ("broker", "database")}
    workers = len(size.faults) - sum(servers.values())
    return f"kill -9 of workers {workers}x, broker {servers['broker']}x, database {servers['database']}x"
