"""The database dies, is locked or is full: no attempt is burned, what is accepted waits in the broker."""

import asyncio
from contextlib import ExitStack

import psycopg
import pytest

from tests.faults.closing import Closing
from tests.faults.site import Site
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("seconds", [0, pytest.param(30, marks=pytest.mark.long)])
async def test_without_the_database_events_wait_in_the_broker_and_no_attempt_is_burned(
    here: Site, closing: Closing, seconds: int
) -> None:
    line = closing.begin(f"kill -9 of the database, {seconds or 'a few'} s away", here.tally)
    async with here.load() as load:
        await load.goes_on()
        here.nodes.postgres.kill9()
        await load.goes_on(40)
        await asyncio.sleep(seconds)
        await here.nodes.back(here.nodes.postgres)
        line.recovered_after = await here.handles_again()
    account = await here.account(load, line)
    assert here.attempts_burned(load) == 0
    assert not account.dead


@pytest.mark.long
async def test_without_broker_and_database_a_sender_is_told_to_come_again(
    here: Site, closing: Closing
) -> None:
    line = closing.begin("broker and database away", here.tally)
    async with here.load(rate=10) as load:
        await load.goes_on()
        here.amqp.cut()
        here.sql.cut()
        await eventually(lambda: _refused_with(load.refused, 503), within=120, of="a 503")
        here.amqp.heal()
        here.sql.heal()
        line.recovered_after = await here.handles_again()
    await here.account(load, line)
    assert set(load.refused) == {503}


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0, 10])
async def test_a_locked_table_delays_and_burns_no_attempt(here: Site, closing: Closing, seconds: int) -> None:
    line = closing.begin(f"table deliveries locked, {seconds or 'until it is noticed'}", here.tally)
    async with here.load() as load:
        await load.goes_on()
        async with await psycopg.AsyncConnection.connect(here.database_url) as somebody:
            await somebody.execute("lock table deliveries in access exclusive mode")
            # Whoever waits longer for a lock than a statement may is told so.
            await here.aftermath.logged("lock timeout", within=120)
            await asyncio.sleep(seconds)
        line.recovered_after = await here.handles_again()
    account = await here.account(load, line)
    assert here.attempts_burned(load) == 0
    assert not account.dead


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0, 8])
async def test_a_database_without_free_connections_delays_and_burns_no_attempt(
    here: Site, closing: Closing, seconds: int
) -> None:
    line = closing.begin(
        f"no free connection at the database, {seconds or 'until it is noticed'}", here.tally
    )
    async with here.load() as load:
        await load.goes_on()
        with psycopg.connect(here.database_url, autocommit=True) as ours, ExitStack() as held:
            # Those that are pooled live on until the network cuts them.
            here.sql.cut()
            await eventually(lambda: _are_gone(ours), within=120, of="the workers' connections are gone")
            _take_all(here.database_url, held)
            here.sql.heal()
            await here.aftermath.logged("too many clients", within=120)
            await asyncio.sleep(seconds)
        line.recovered_after = await here.handles_again()
    account = await here.account(load, line)
    assert here.attempts_burned(load) == 0
    assert not account.dead


async def _are_gone(ours: psycopg.Connection) -> bool:
    query = "select count(*) from pg_stat_activity where application_name = 'askpro.syncer'"
    row = ours.execute(query + " and datname = current_database()").fetchone()
    return row == (0,)


def _take_all(url: str, held: ExitStack) -> None:
    with pytest.raises(psycopg.OperationalError, match="too many clients"):
        _connect_for_ever(url, held)


def _connect_for_ever(url: str, held: ExitStack) -> None:
    while True:
        held.enter_context(psycopg.connect(url))


async def _refused_with(refused: dict[int, int], status: int) -> bool:
    return status in refused
