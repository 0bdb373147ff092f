"""Circuits are one for all processes: what one finds out, each obeys; of many that want to probe one does."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from shared.db.circuit_changes import CircuitChanges
from shared.db.circuits import PostgresCircuits
from shared.db.deliveries import sweep
from shared.db.engine import Database
from shared.errors import DependencyOpenError
from shared.resilience.circuit_state import Opening
from shared.resilience.circuits import Circuits
from tests.integration.resilience.bench import PARKED, Process, is_due, outbox, until


async def test_what_one_process_finds_out_every_process_obeys(
    processes: list[Process], database_url: str
) -> None:
    await processes[0].trip()
    await until(lambda: all(process.is_tripped() for process in processes))
    assert outbox(database_url) == ["circuit.opened"]


async def test_two_processes_that_trip_at_once_open_it_once(
    processes: list[Process], database_url: str
) -> None:
    await asyncio.gather(*(process.trip() for process in processes))
    await until(lambda: bool(outbox(database_url)))
    for process in processes:
        await process.circuits._background.idle()
    assert outbox(database_url) == ["circuit.opened"]


async def test_of_many_that_wait_one_probes_and_its_success_lets_all_in(
    processes: list[Process], database_url: str
) -> None:
    await processes[0].trip()
    await until(lambda: all(process.is_tripped() for process in processes))
    admitted: list[str] = []

    async def deliver(process: Process) -> None:
        while True:
            assert await process.circuits.wait_until_allowed("calcom", 5.0)
            try:
                ticket = await process.calcom.admit()
            except DependencyOpenError:
                continue
            if ticket.probe:
                admitted.append(process.store._rows._source)
                await asyncio.sleep(0.2)
            process.calcom.answered(ticket)
            return

    await asyncio.gather(*(deliver(process) for process in processes for _ in range(10)))
    assert len(admitted) == 1
    await until(lambda: outbox(database_url) == ["circuit.opened", "circuit.closed"])


async def test_a_failed_probe_doubles_the_rest_for_everybody(processes: list[Process]) -> None:
    first, second, _ = processes
    await first.trip()
    await until(second.is_tripped)
    assert await first.circuits.wait_until_allowed("calcom", 2.0)
    first.calcom.failed(await first.calcom.admit(), "still no answer")
    await until(lambda: second.calcom.breaker.rest == pytest.approx(0.6))


async def test_a_cancelled_probe_counts_nothing_and_leaves_its_place(processes: list[Process]) -> None:
    first, second, _ = processes
    await first.trip()
    await until(second.is_tripped)
    assert await first.circuits.wait_until_allowed("calcom", 2.0)
    first.calcom.abandoned(await first.calcom.admit())
    assert await second.circuits.wait_until_allowed("calcom", 2.0)
    await until(second.calcom.may_attempt)
    ticket = await second.calcom.admit()
    assert ticket.probe
    assert second.calcom.breaker.rest == pytest.approx(0.3)


async def test_a_process_that_dies_with_the_probe_blocks_the_others_for_its_lease_only(
    processes: list[Process],
) -> None:
    first, second, _ = processes
    await first.trip()
    await until(second.is_tripped)
    await until(lambda: first.calcom.breaker.may_probe)
    started = time.monotonic()
    await first.store.take_probe("calcom", by="a process that died", lease=0.5)
    await second.circuits.refresh()
    assert await second.circuits.wait_until_allowed("calcom", 5.0)
    assert (await second.calcom.admit()).probe
    assert time.monotonic() - started > 0.3


async def test_a_probe_that_fails_after_somebody_elses_success_opens_nothing(
    processes: list[Process], database: Database, database_url: str
) -> None:
    frozen = Process("frozen", database, database_url)
    await frozen.trip()
    await frozen.circuits._background.idle()
    await until(lambda: frozen.calcom.breaker.may_probe)
    probe = await frozen.calcom.admit()
    await processes[0].circuits.close("calcom", by="p0", reason="the probe succeeded")
    frozen.calcom.failed(probe, "no answer while it was frozen")
    await frozen.circuits._background.idle()
    assert not frozen.is_tripped()
    assert outbox(database_url) == ["circuit.opened", "circuit.closed"]


async def test_a_rejected_key_opens_its_circuit_everywhere_until_the_key_changes(
    processes: list[Process], database_url: str
) -> None:
    first, second, _ = processes
    key = first.circuits.credential("calcom:acme", "acme")
    key.rejected(key.admit(), 401, "invalid key")
    await until(lambda: second.circuits.is_open("calcom:acme"))
    assert second.circuits.retry_after("calcom:acme") is None
    assert outbox(database_url) == ["circuit.opened", "credential.rejected"]
    assert await second.circuits.close("calcom:acme", by="console", reason="the key has changed")
    await until(lambda: not first.circuits.is_open("calcom:acme"))
    assert outbox(database_url)[-1] == "circuit.closed"


async def test_a_late_refusal_of_the_old_key_does_not_open_the_circuit_again(
    processes: list[Process],
) -> None:
    first = processes[0]
    key = first.circuits.credential("calcom:acme", "acme")
    before = key.admit()
    key.rejected(before, 401, "invalid key")
    await until(lambda: key._version > 0)
    await first.circuits.close("calcom:acme", by="console", reason="the key has changed")
    key.rejected(before, 401, "invalid key")
    assert not first.circuits.is_open("calcom:acme")


async def test_a_changed_key_is_news_to_every_process_also_where_nothing_was_open(
    processes: list[Process], database_url: str
) -> None:
    forgotten: list[str | None] = []
    processes[1].circuits.listen(lambda state: forgotten.append(state.company_id))
    before = processes[1].circuits.credential("calcom:acme", "acme").admit()
    async with processes[0].database.transaction() as session:
        await CircuitChanges("console").renew(session, "calcom:acme", company_id="acme", by="ada")
    await until(lambda: forgotten == ["acme"])
    processes[1].circuits.credential("calcom:acme", "acme").rejected(before, 401, "the old key")
    await processes[1].circuits._background.idle()
    assert not processes[1].circuits.is_open("calcom:acme")
    assert outbox(database_url) == []


async def test_a_rate_limit_ends_by_itself_and_frees_what_was_parked(
    processes: list[Process], database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(PARKED, ("calcom:acme",))
    key = processes[0].circuits.credential("calcom:acme", "acme")
    key.limited(key.admit(), 0.4)
    await until(lambda: processes[1].circuits.is_open("calcom:acme"))
    await until(lambda: outbox(database_url) == ["circuit.opened", "circuit.closed"])
    assert is_due(database_url)


async def test_a_budget_that_is_used_up_parks_until_the_next_window_and_makes_no_noise(
    processes: list[Process], database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(PARKED, ("calcom:acme:budget",))
    processes[0].circuits.credential("calcom:acme:budget", "acme").used_up(0.4)
    await until(lambda: processes[1].circuits.is_open("calcom:acme:budget"))
    assert not processes[1].circuits.is_open("calcom:acme")
    await until(lambda: is_due(database_url))
    assert outbox(database_url) == []


async def test_a_persons_word_holds_everywhere_and_is_taken_back(processes: list[Process]) -> None:
    first, second, _ = processes
    until_when = datetime.now(UTC) + timedelta(minutes=5)
    await first.circuits.force("calcom", "open", person="ada", reason="maintenance", until=until_when)
    await until(lambda: second.circuits.is_open("calcom"))
    with pytest.raises(DependencyOpenError):
        await second.calcom.admit()
    state = next(state for state in await second.circuits.states() if state.name == "calcom")
    assert (state.forced_by, state.forced_reason) == ("ada", "maintenance")
    await second.circuits.force("calcom", None, person="ada", reason="done", until=None)
    await until(lambda: not first.circuits.is_open("calcom"))


async def test_a_forced_word_ends_at_its_time_and_its_end_is_told_once(
    processes: list[Process], database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(PARKED, ("calcom",))
    soon = datetime.now(UTC) + timedelta(seconds=4)
    await processes[0].circuits.force("calcom", "open", person="ada", reason="test", until=soon)
    assert processes[0].circuits.is_open("calcom")
    await until(lambda: not processes[0].circuits.is_open("calcom"), 30)
    await processes[0].calcom.admit()
    await until(lambda: outbox(database_url) == ["circuit.opened", "circuit.closed"])
    assert is_due(database_url)
    assert (await processes[0].circuits.states())[0].forced is None


async def test_of_two_that_change_one_version_one_wins(database: Database, database_url: str) -> None:
    store = PostgresCircuits(database, database_url, source="syncer")
    openings = [Opening("retell", "dependency", f"reason {n}", 5.0, f"p{n}") for n in range(8)]
    states = await asyncio.gather(*(store.open(opening) for opening in openings))
    assert {state.version for state in states} == {1}
    assert outbox(database_url) == ["circuit.opened"]


async def test_without_the_database_each_process_goes_on_with_what_it_knows() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    database = Database(nowhere, application="test")
    process = Process("alone", database, nowhere)
    await process.circuits.start()
    await process.trip()
    assert process.is_tripped()
    assert await process.circuits.wait_until_allowed("calcom", 2.0)
    ticket = await process.calcom.admit()
    assert ticket.probe
    process.calcom.answered(ticket)
    assert not process.circuits.is_open("calcom")
    await process.circuits.stop()
    await database.close()


async def test_once_the_rest_is_over_a_caller_is_not_refused(processes: list[Process]) -> None:
    first, second, _ = processes
    await first.trip()
    await until(second.is_tripped)
    await until(lambda: not second.circuits.is_open("calcom"))
    assert second.is_tripped()


CIRCUIT = "insert into circuits (name, kind, state, rest_until, forced) values ('x', %s, %s, now() + %s, %s)"


@pytest.mark.parametrize(
    ("kind", "state", "rest", "forced", "freed"),
    [
        ("credential", "closed", None, None, True),
        ("credential", "open", None, None, False),
        ("credential", "open", timedelta(seconds=-1), None, True),
        ("credential", "open", timedelta(minutes=1), None, False),
        ("dependency", "open", timedelta(seconds=-5), None, False),
        ("dependency", "open", timedelta(seconds=-31), None, True),
        ("credential", "closed", None, "open", False),
        ("credential", "open", None, "closed", True),
    ],
)
async def test_what_is_parked_is_swept_free_when_its_circuit_lets_calls_through(
    database: Database,
    database_url: str,
    kind: str,
    state: str,
    rest: timedelta | None,
    forced: str | None,
    freed: bool,
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(CIRCUIT, (kind, state, rest, forced))
        connection.execute(PARKED, ("x",))
        async with database.transaction() as session:
            await sweep(session)
        row = connection.execute("select waits_for is null from deliveries").fetchone()
    assert row == (freed,)


async def test_waiting_for_a_gate_ends_with_false_after_its_time(processes: list[Process]) -> None:
    await processes[0].circuits.force("calcom", "open", person="ada", reason="test", until=None)
    started = time.monotonic()
    assert not await processes[0].circuits.wait_until_allowed("calcom", 0.3)
    assert time.monotonic() - started < 5.0


async def test_a_hint_reaches_a_process_long_before_its_next_reading(
    database: Database, database_url: str
) -> None:
    slow = Circuits(PostgresCircuits(database, database_url, source="syncer"), process="slow", read_every=30)
    await slow.start()
    store = PostgresCircuits(database, database_url, source="syncer")
    await store.open(Opening("stripe", "dependency", "first", 5.0, "other"))
    await until(lambda: slow.is_open("stripe") or not _listening(database_url))
    await until(lambda: _listening(database_url))
    await store.open(Opening("smtp", "dependency", "hinted", 5.0, "other"))
    await until(lambda: slow.is_open("smtp"))
    await slow.stop()


def _listening(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "select 1 from pg_stat_activity where query = 'listen circuits'"
        ).fetchone()
    return found is not None
