"""The database dies, is locked or is full: no attempt is burned, what is accepted waits in the broker."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from tests.faults.closing import Closing
from tests.faults.site import Site
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.parametrize("seconds", [6, pytest.param(30, marks=pytest.mark.long)])
async def test_without_the_database_events_wait_in_the_broker_and_no_attempt_is_burned(
    here: Site, closing: Closing, seconds: int
) -> None:
    async with here.load() as load:
        await asyncio.sleep(2)
        here.nodes.postgres.kill9()
        before = len(load.accepted)
        await asyncio.sleep(seconds)
        meanwhile = len(load.accepted) - before
        await here.nodes.back(here.nodes.postgres)
        recovered = await here.handles_again()
    account = await here.account(load)
    assert meanwhile > 0
    assert here.attempts_burned(load) == 0
    assert not account.dead
    closing.add(f"kill -9 of the database, {seconds} s away", account, recovered_after=recovered)


async def test_without_broker_and_database_a_sender_is_told_to_come_again(
    here: Site, closing: Closing
) -> None:
    async with here.load(rate=10) as load:
        await asyncio.sleep(2)
        here.amqp.cut()
        here.sql.cut()
        await eventually(lambda: _refused_with(load.refused, 503), within=30, of="a 503")
        here.amqp.heal()
        here.sql.heal()
        recovered = await here.handles_again()
    account = await here.account(load)
    assert set(load.refused) == {503}
    closing.add(
        "broker and database away", account, refused=sum(load.refused.values()), recovered_after=recovered
    )


@pytest.mark.long
async def test_a_locked_table_delays_and_burns_no_attempt(here: Site, closing: Closing) -> None:
    async with here.load(rate=15) as load:
        await asyncio.sleep(1)
        with psycopg.connect(here.database_url) as somebody:
            somebody.execute("lock table deliveries in access exclusive mode")
            await asyncio.sleep(10)
        recovered = await here.handles_again()
    account = await here.account(load)
    assert here.attempts_burned(load) == 0
    assert not account.dead
    closing.add("table deliveries locked for 10 s", account, recovered_after=recovered)


@pytest.mark.long
async def test_a_database_without_free_connections_delays_and_burns_no_attempt(
    here: Site, closing: Closing
) -> None:
    async with here.load(rate=15) as load:
        await asyncio.sleep(1)
        with _all_connections(here):
            # Those that are pooled live on until the network cuts them.
            here.sql.reset()
            await asyncio.sleep(8)
        recovered = await here.handles_again()
    account = await here.account(load)
    assert here.attempts_burned(load) == 0
    assert not account.dead
    closing.add("no free connection at the database for 8 s", account, recovered_after=recovered)


@contextmanager
def _all_connections(here: Site) -> Iterator[None]:
    """Holds as many as there are to be had."""
    with ExitStack() as held:
        with pytest.raises(psycopg.OperationalError, match=r"too many clients|connection slots"):
            _connect_for_ever(here.database_url, held)
        yield


def _connect_for_ever(url: str, held: ExitStack) -> None:
    while True:
        held.enter_context(psycopg.connect(url))


async def _refused_with(refused: dict[int, int], status: int) -> bool:
    return status in refused
