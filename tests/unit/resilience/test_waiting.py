"""Who waits at a gate is let through one at a time, and woken when it closes."""

import asyncio
import time

import pytest

from shared.db.budgets import PostgresBudgets
from shared.db.circuits import PostgresCircuits
from shared.db.engine import Database
from shared.resilience.background import Background
from shared.resilience.circuits import Circuits
from shared.resilience.limits import Limits
from shared.resilience.policies import CALCOM, CALCOM_VOICE, Policy

QUICK = Policy("calcom", connect=1, attempt=2, attempts=1, deadline=3, fail_max=1, rest=0.2, longest_rest=0.4)


async def tripped(circuits: Circuits) -> None:
    calcom = circuits.dependency("calcom", QUICK)
    calcom.failed(await calcom.admit(), "no answer")


async def test_a_gate_nobody_has_met_is_open_to_all() -> None:
    circuits = Circuits(None, process="test")
    assert await circuits.wait_until_allowed("calcom", 1.0)
    assert not circuits.is_open("calcom")


async def test_when_the_rest_is_over_one_waiter_goes_first_and_its_success_wakes_the_others() -> None:
    circuits = Circuits(None, process="test")
    await tripped(circuits)
    waiters = [asyncio.create_task(circuits.wait_until_allowed("calcom", 5.0)) for _ in range(20)]
    done, waiting = await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    assert len(done) == 1
    calcom = circuits.dependency("calcom", QUICK)
    ticket = await calcom.admit()
    assert ticket.probe
    woken_after = time.monotonic()
    calcom.answered(ticket)
    assert all(await asyncio.gather(*waiting))
    assert time.monotonic() - woken_after < 2.0


async def test_a_waiter_that_does_not_use_its_turn_does_not_block_the_next() -> None:
    circuits = Circuits(None, process="test")
    await tripped(circuits)
    assert await circuits.wait_until_allowed("calcom", 5.0)
    assert await circuits.wait_until_allowed("calcom", 5.0)


async def test_a_wait_that_is_cancelled_ends_at_once() -> None:
    circuits = Circuits(None, process="test")
    await tripped(circuits)
    waiter = asyncio.create_task(circuits.wait_until_allowed("calcom", 60.0))
    await asyncio.sleep(0.01)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter


async def test_a_database_that_never_answers_delays_nobody_for_long() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    url = f"postgresql://nobody@127.0.0.1:{server.sockets[0].getsockname()[1]}/none"
    database = Database(url, application="test")
    limits = Limits(PostgresBudgets(database))
    started = time.monotonic()
    assert [await limits.take("calcom:acme", CALCOM_VOICE) for _ in range(10)] == [0.0] * 10
    assert time.monotonic() - started < 2.5
    circuits = Circuits(PostgresCircuits(database, url, source="test"), process="test")
    await tripped(circuits)
    assert await circuits.wait_until_allowed("calcom", 5.0)
    assert (await circuits.dependency("calcom", QUICK).admit()).probe
    assert time.monotonic() - started < 6.0
    await circuits.stop()
    await database.close()
    server.close()


async def test_a_look_at_the_database_that_takes_too_long_goes_on_by_itself() -> None:
    finished = asyncio.Event()

    async def slow() -> None:
        await asyncio.sleep(0.2)
        finished.set()

    background = Background()
    with pytest.raises(TimeoutError):
        await background.within(0.05, slow())
    await background.idle()
    assert finished.is_set()


async def test_a_synchronisation_leaves_a_third_of_its_own_share_too() -> None:
    limits = Limits(None)
    granted = [await limits.take("calcom:acme", CALCOM) for _ in range(120)]
    assert sum(1 for wait in granted if wait == 0) == 80
    assert await limits.take("calcom:acme", CALCOM_VOICE) == 0
