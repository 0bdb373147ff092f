import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from aio_pika import Message
from sqlalchemy import select

from shared.contracts import names
from shared.contracts.envelope import Attributes, Envelope, now
from shared.db.engine import Database
from shared.db.tables import Outbox
from shared.errors import CredentialOpenError, DependencyOpenError, PermanentError, TransientError
from tests.integration.messaging.harness import QUEUE, TYPE, Bench, bench
from tests.support import eventually


class Handler:
    """Fails as often as it was told, then counts what it was given."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls: Counter[str] = Counter()
        self.attempts = 0

    async def __call__(self, envelope: Envelope) -> None:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)
        self.calls[envelope.id] += 1


async def test_a_handled_event_is_done(database_url: str, broker_url: str) -> None:
    handler = Handler()
    async with bench(database_url, broker_url, handler) as process:
        await process.send("done-1", {"a": 1})
        row = await eventually(lambda: process.in_state("done-1", "done"))
    assert (row.attempt, handler.calls) == (1, {"done-1": 1})


async def test_a_transient_error_is_redelivered_with_its_history(database_url: str, broker_url: str) -> None:
    handler = Handler(TransientError("first"), TransientError("second", retry_after=0.5))
    async with bench(database_url, broker_url, handler) as process:
        sent = await process.send("flaky-1", {"umlaut": "ü"})
        row = await eventually(lambda: process.in_state("flaky-1", "done"), within=25)
    assert row.attempt == 3
    assert [(entry["attempt"], entry["message"]) for entry in row.history] == [(1, "first"), (2, "second")]
    assert handler.calls == {sent.id: 1}


async def test_a_permanent_error_becomes_a_dead_letter_with_its_story(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Handler(PermanentError("never"))) as process:
        before = await process.depth(names.dead_letters("syncer"))
        sent = await process.send("dead-1", {"x": "y"})
        row = await eventually(lambda: process.in_state("dead-1", "dead"))
        await eventually(lambda: _more(process, before))
    assert row.body == sent.raw
    assert row.error is not None
    assert row.error["class"] == "shared.errors.PermanentError"
    assert "test_edge.py" in row.error["stack"]
    assert (row.reason, row.error["service"], row.company_id, len(row.history)) == (
        "rejected",
        "syncer",
        "c1",
        1,
    )
    assert row.properties is not None
    assert row.properties["message_id"] == "dead-1"


async def test_a_dead_letter_is_told_about_once(database_url: str, broker_url: str) -> None:
    async with bench(database_url, broker_url, Handler(PermanentError("never"))) as process:
        await process.send("told-1", {})
        await eventually(lambda: process.in_state("told-1", "dead"))
        # The relay sends and deletes the row; the event reaches the event log's queue.
        await eventually(lambda: _outbox_is_empty(process.database))
        assert await process.depth(names.EVENT_LOG) >= 2


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\x00", b"[" * 3000, b'{"id": 1}'])
async def test_poison_is_filed_with_its_bytes_and_the_queue_flows_on(
    database_url: str, broker_url: str, body: bytes
) -> None:
    handler = Handler()
    async with bench(database_url, broker_url, handler) as process:
        key = f"poison-{len(body)}"
        await process.publisher.publish(Message(body, message_id=key, type=TYPE))
        row = await eventually(lambda: process.in_state(key, "dead"))
        await process.send(f"after-{key}", {})
        await eventually(lambda: process.in_state(f"after-{key}", "done"))
    assert (row.reason, row.body) == ("poison_message", body)


async def test_copies_of_one_event_have_one_effect(database_url: str, broker_url: str) -> None:
    handler = Handler()
    async with bench(database_url, broker_url, handler) as process:
        for _ in range(5):
            await process.send("copy-1", {})
        await eventually(lambda: process.in_state("copy-1", "done"))
        for _ in range(5):
            await process.send("copy-1", {})
        await process.send("last-1", {})
        await eventually(lambda: process.in_state("last-1", "done"))
        await eventually(lambda: _empty(process))
        row = await process.delivery("copy-1")
    assert row is not None
    assert (row.state, row.attempt) == ("done", 1)


async def test_an_open_credential_parks_without_counting(database_url: str, broker_url: str) -> None:
    handler = Handler(CredentialOpenError(circuit="calcom:nobody"))
    async with bench(database_url, broker_url, handler) as process:
        await process.send("parked-1", {})
        # No row says that this circuit is open, so the sweep frees it.
        row = await eventually(lambda: process.in_state("parked-1", "done"), within=25)
    assert (row.attempt, row.history, handler.attempts) == (1, [], 2)


async def test_an_open_dependency_holds_in_place(database_url: str, broker_url: str) -> None:
    handler = Handler(DependencyOpenError(gate="calcom"), DependencyOpenError(gate="calcom"))
    async with bench(database_url, broker_url, handler) as process:
        await process.send("held-1", {})
        await eventually(lambda: _is(lambda: handler.attempts == 1))
        assert await process.delivery("held-1") is None
        process.circuits.closed.set()
        row = await eventually(lambda: process.in_state("held-1", "done"))
    assert (row.attempt, row.history, handler.attempts) == (1, [], 3)


async def test_what_is_held_goes_back_when_the_process_stops(database_url: str, broker_url: str) -> None:
    async with bench(database_url, broker_url, Handler(DependencyOpenError(gate="calcom"))) as process:
        await process.send("let-go-1", {})
        await asyncio.sleep(0)
    second = Handler()
    async with bench(database_url, broker_url, second) as process:
        row = await eventually(lambda: process.in_state("let-go-1", "done"))
    assert row.attempt == 1


async def test_an_event_in_the_outbox_is_sent_and_its_row_deleted(database_url: str, broker_url: str) -> None:
    handler = Handler()
    attributes = Attributes(id="outbox-1", source="test", type=TYPE, time=now())
    async with bench(database_url, broker_url, handler) as process:
        await process.send_by_outbox(Envelope.of(attributes, {"k": "v"}))
        await eventually(lambda: process.in_state("outbox-1", "done"))
        await eventually(lambda: _outbox_is_empty(process.database))
    assert handler.calls == {"outbox-1": 1}


async def test_an_event_nobody_handles_in_its_queue_is_a_dead_letter(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Handler()) as process:
        await process.send("unknown-1", {}, event_type="booking.observed")
        row = await eventually(lambda: process.in_state("unknown-1", "dead"))
    assert row.error is not None
    assert "no handler" in row.error["message"]


async def _more(process: Bench, before: int) -> bool:
    return await process.depth(names.dead_letters("syncer")) > before


async def _empty(process: Bench) -> bool:
    return await process.depth(QUEUE) == 0


async def _is(condition: Callable[[], bool]) -> bool:
    return bool(condition())


async def _outbox_is_empty(database: Database) -> bool:
    async with database.transaction() as session:
        return not (await session.execute(select(Outbox.seq))).first()
