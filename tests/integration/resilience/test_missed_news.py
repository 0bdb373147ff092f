"""What a process could not read or write in time is neither overlooked nor forgotten."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

import psycopg
import pytest

from shared.db.circuits import PostgresCircuits
from shared.db.engine import Database
from shared.errors import DependencyOpenError
from shared.resilience.circuit_state import CircuitState, Opening
from tests.integration.resilience.bench import PARKED, Process, is_due, outbox, until
from tests.proxy import FaultProxy


@pytest.fixture
async def deaf(database: Database, database_url: str) -> AsyncIterator[Process]:
    """A process that reads no rows by itself, with a probe to be had."""
    process = Process("deaf", database, database_url)
    await process.trip()
    await process.circuits._background.idle()
    await until(lambda: process.calcom.breaker.may_probe)
    yield process
    await process.circuits.stop()


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[FaultProxy]:
    """The way to the database, to be cut."""
    async with FaultProxy(urlsplit(database_url).port or 5432) as proxy:
        yield proxy


@pytest.fixture
async def far(proxy: FaultProxy, database_url: str) -> AsyncIterator[Process]:
    """A process that reaches its database through ``proxy``."""
    parts = urlsplit(database_url)
    netloc = f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}"
    url = parts._replace(netloc=netloc).geturl()
    database = Database(url, application="test")
    process = Process("far", database, url)
    await process.circuits.start()
    yield process
    await process.circuits.stop()
    await database.close()


async def force(process: Process, state: Literal["open", "closed"]) -> None:
    until_when = datetime.now(UTC) + timedelta(minutes=5)
    await process.circuits.force("calcom", state, person="ada", reason="said so", until=until_when)


async def row(store: PostgresCircuits, name: str = "calcom") -> CircuitState:
    return next(state for state in await store.read() if state.name == name)


async def test_who_asks_for_the_probe_hears_a_persons_word_at_once_and_keeps_it(
    deaf: Process, processes: list[Process]
) -> None:
    await force(processes[0], "open")
    with pytest.raises(DependencyOpenError):
        await deaf.calcom.admit()
    await deaf.circuits.refresh()
    assert deaf.calcom.forced == "open"
    assert not deaf.calcom.may_attempt()


async def test_who_asks_for_the_probe_is_let_through_by_a_persons_word(
    deaf: Process, processes: list[Process]
) -> None:
    await force(processes[0], "closed")
    assert not (await deaf.calcom.admit()).probe
    await deaf.circuits.refresh()
    assert not deaf.is_tripped()


async def test_a_persons_word_counts_more_than_a_probe_that_was_ours(
    deaf: Process, processes: list[Process]
) -> None:
    await deaf.store.take_probe("calcom", by="deaf", lease=60)
    await force(processes[0], "open")
    with pytest.raises(DependencyOpenError):
        await deaf.calcom.admit()
    assert not deaf.calcom.breaker.is_probing


async def test_an_opening_that_nobody_heard_of_is_forgotten_where_the_row_says_closed(deaf: Process) -> None:
    await deaf.circuits.close("calcom", by="ada", reason="the row knows nothing of what follows")
    for _ in range(2):
        deaf.calcom.breaker.failed(deaf.calcom.breaker.begin())
    await until(lambda: deaf.calcom.breaker.may_probe)
    assert not (await deaf.calcom.admit()).probe
    assert not deaf.is_tripped()


async def test_a_closing_that_could_not_be_written_is_written_when_the_database_is_back(
    far: Process, proxy: FaultProxy, database: Database, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(PARKED, ("calcom",))
    await far.trip()
    await far.circuits._background.idle()
    await until(lambda: far.calcom.breaker.may_probe)
    probe = await far.calcom.admit()
    proxy.cut()
    far.calcom.answered(probe)
    await far.circuits._background.idle()
    near = PostgresCircuits(database, database_url, source="syncer")
    assert (await row(near)).state == "open"
    proxy.heal()
    await until(lambda: outbox(database_url) == ["circuit.opened", "circuit.closed"], 30)
    assert (await row(near)).state == "closed"
    assert is_due(database_url)
    assert not far.is_tripped()


async def test_what_was_found_out_since_is_not_closed_by_a_success_that_could_not_be_written(
    deaf: Process,
) -> None:
    deaf.calcom.breaker.succeeded(await deaf.calcom.admit())
    deaf.calcom._owes_closing = True
    since = Opening("calcom", "dependency", "away again", 60.0, "deaf", probe=True)
    await deaf.store.open(since)
    await deaf.circuits.refresh()
    await deaf.circuits._background.idle()
    assert (await row(deaf.store)).state == "open"
    assert deaf.is_tripped()


@pytest.mark.parametrize("rest", [60.0, None])
async def test_the_end_of_a_pause_does_not_close_what_was_opened_after_it_was_read(
    deaf: Process, rest: float | None
) -> None:
    over = await deaf.store.open(Opening("calcom:acme", "credential", "429: rate limit", 0.0, "deaf", "acme"))
    await deaf.store.open(Opening("calcom:acme", "credential", "again", rest, "other", "acme"))
    deaf.circuits._learn(over)
    await deaf.circuits._background.idle()
    now = await row(deaf.store, "calcom:acme")
    assert (now.state, now.reason) == ("open", "again")


async def test_what_opens_while_a_person_holds_it_closed_is_told_once_when_that_is_over(
    deaf: Process, database_url: str
) -> None:
    store = deaf.store
    await deaf.circuits.close("calcom", by="ada", reason="as it was")
    told = outbox(database_url)
    await force(deaf, "closed")
    await store.open(Opening("calcom", "dependency", "no answer", 5.0, "deaf"))
    assert outbox(database_url) == told
    await deaf.circuits.force("calcom", None, person="ada", reason="over", until=None)
    assert outbox(database_url) == [*told, "circuit.opened"]
    await store.close("calcom", by="deaf", reason="the probe succeeded")
    assert outbox(database_url) == [*told, "circuit.opened", "circuit.closed"]


async def test_what_opens_between_the_end_of_a_persons_word_and_its_telling_is_told_once(
    deaf: Process, database_url: str
) -> None:
    store = deaf.store
    await deaf.circuits.close("calcom", by="ada", reason="as it was")
    told = outbox(database_url)
    await force(deaf, "closed")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update circuits set forced_until = now() - interval '1 second'")
    await store.open(Opening("calcom", "dependency", "no answer", 5.0, "deaf"))
    await store.lapse("calcom")
    assert outbox(database_url) == [*told, "circuit.opened"]


async def test_a_persons_word_on_a_chat_hook_is_one_on_a_key(deaf: Process) -> None:
    await deaf.circuits.force("hook:0123456789ab", "open", person="ada", reason="spam", until=None)
    assert deaf.circuits.credential("hook:0123456789ab", None).is_open
    assert (await row(deaf.store, "hook:0123456789ab")).company_id is None
