"""What the relay sends, what it cannot send, and that neither harms the other."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy import insert, select, text, update

from infra.local.rabbitmq import PrivateRabbit
from shared.contracts import names
from shared.contracts.envelope import Attributes, Envelope, now
from shared.db.outbox import properties_of, put, take
from shared.db.tables import Delivery, LoggedEvent, Outbox
from shared.messaging.properties import message_of
from shared.messaging.publisher import UnconfirmedError
from tests.integration.messaging.harness import QUEUE, TYPE, Bench, behind_proxy, bench
from tests.support import eventually

#: No AMQP decimal has this scale.
UNENCODABLE: dict[str, Any] = {"headers": {"own": {"$decimal": "1E-300"}}}


class Count:
    """Counts what it was given."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    async def __call__(self, envelope: Envelope) -> None:
        self.calls[envelope.id] += 1


def envelope(event_id: str, data: Any = None, *, event_type: str = TYPE) -> Envelope:
    return Envelope.of(Attributes(id=event_id, source="test", type=event_type, time=now()), data or {})


def due_row(event_id: str, *, due: timedelta = timedelta(0), **changes: Any) -> dict[str, Any]:
    one = envelope(event_id)
    fixed = {"queue": QUEUE, "event_id": event_id, "state": "redelivery", "attempt": 1, "event_type": TYPE}
    content = {"body": one.raw, "properties": properties_of(one), "due_at": datetime.now(UTC) + due}
    return {**fixed, **content, **changes}


async def insert_due(process: Bench, *rows: dict[str, Any]) -> None:
    async with process.database.transaction() as session:
        await session.execute(insert(Delivery), list(rows))
        session.info["outbox"] = True


async def test_an_outbox_row_that_cannot_be_encoded_is_a_dead_letter_and_others_are_sent(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        bad = envelope("unencodable-1")
        async with process.database.transaction() as session:
            await put(session, bad)
            await session.execute(update(Outbox).values(properties=properties_of(bad) | UNENCODABLE))
            await put(session, envelope("sound-1"))
        row = await eventually(lambda: process.in_state("unencodable-1", "dead"))
        await eventually(lambda: process.in_state("sound-1", "done"))
        assert await eventually(lambda: _empty(process))
        async with process.database.transaction() as session:
            logged = (await session.execute(select(LoggedEvent.id))).scalars().all()
    assert (row.reason, row.body, len(row.history)) == ("unsendable", bad.raw, 1)
    assert "unencodable-1" in logged


async def test_a_redelivery_that_cannot_be_encoded_is_a_dead_letter_and_others_are_sent(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        await insert_due(process, due_row("bad-due", properties=UNENCODABLE), due_row("sound-due"))
        row = await eventually(lambda: process.in_state("bad-due", "dead"))
        await eventually(lambda: process.in_state("sound-due", "done"))
    assert row.reason == "unsendable"


async def test_headers_too_large_for_a_frame_do_not_cost_the_connection(
    database_url: str, broker_url: str
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        large = {"headers": {f"own-{number}": "x" * 60_000 for number in range(3)}}
        await insert_due(process, due_row("large-headers", properties=large))
        for number in range(20):
            await process.send(f"beside-{number}", {})
        await eventually(lambda: process.in_state("large-headers", "dead"))


async def test_a_body_that_the_broker_refuses_is_a_dead_letter_alone(
    database_url: str, broker_url: str, rabbitmq: PrivateRabbit
) -> None:
    async with (
        largest_message(rabbitmq, 20_000),
        bench(database_url, broker_url, Count()) as process,
    ):
        async with process.database.transaction() as session:
            for number in range(30):
                await put(session, envelope(f"near-{number}"))
            await put(session, envelope("too-large", {"text": "x" * 30_000}))
            for number in range(30, 60):
                await put(session, envelope(f"near-{number}"))
        await eventually(lambda: process.in_state("too-large", "dead"))
        for number in range(60):
            await eventually(lambda n=number: process.in_state(f"near-{n}", "done"), within=20)


async def test_a_queue_that_nobody_knows_makes_a_dead_letter(database_url: str, broker_url: str) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        await process.send_by_outbox(envelope("nowhere-1"), queue="syncer.renamed")
        await process.send_by_outbox(envelope("after-nowhere"))
        await eventually(lambda: process.in_state("after-nowhere", "done"))
        await eventually(lambda: _empty(process))
        async with process.database.transaction() as session:
            query = select(Delivery).where(Delivery.event_id == "nowhere-1")
            row = (await session.execute(query)).scalar_one()
    assert (row.queue, row.state, row.reason) == ("syncer.renamed", "dead", "unsendable")


async def test_a_queue_of_ours_that_is_missing_is_declared_again(database_url: str, broker_url: str) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        channel = await (await process.publisher.broker.connect()).channel()
        await channel.queue_delete(names.NOTIFIER_SMS)
        await channel.close()
        await process.send_by_outbox(envelope("missing-1"), queue=names.NOTIFIER_SMS)
        await eventually(lambda: _outbox(process, 0))
        assert await process.depth(names.NOTIFIER_SMS) == 1


async def test_a_backlog_that_waits_for_later_does_not_slow_what_is_fresh(
    database_url: str, broker_url: str
) -> None:
    handler = Count()
    async with bench(database_url, broker_url, handler) as process:
        before = await median_latency(process, "without")
        rows = [due_row(f"later-{number}", due=timedelta(hours=1)) for number in range(10_000)]
        for start in range(0, len(rows), 1000):
            await insert_due(process, *rows[start : start + 1000])
        after = await median_latency(process, "with")
        assert not [one for one in handler.calls if one.startswith("later-")]
    assert after < before * 2 + 0.02


async def test_a_backlog_of_redeliveries_does_not_delay_what_is_fresh(
    database_url: str, broker_url: str, rabbitmq: PrivateRabbit
) -> None:
    async with bench(database_url, broker_url, Count()) as process, suspended(rabbitmq, broker_url, QUEUE):
        await insert_due(process, *[due_row(f"stuck-{number}") for number in range(300)])
        began = time.monotonic()
        await process.send_by_outbox(envelope("fresh-1", event_type="retell.call_started"))
        await eventually(lambda: _outbox(process, 0), within=10)
        assert time.monotonic() - began < 2


async def test_one_queue_that_confirms_nothing_does_not_hold_back_the_others(
    database_url: str, broker_url: str, rabbitmq: PrivateRabbit
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        depth = await process.depth(names.NOTIFIER_SMS)
        # The broker stops a channel while it writes to a queue for the first time.
        await process.send_by_outbox(envelope("first-0"), queue=QUEUE)
        await eventually(lambda: process.in_state("first-0", "done"))
        async with suspended(rabbitmq, broker_url, QUEUE):
            for number in range(25):
                await process.send_by_outbox(envelope(f"slow-{number}"), queue=QUEUE)
            await process.send_by_outbox(envelope("swift-1"), queue=names.NOTIFIER_SMS)
            await eventually(lambda: _depth(process, names.NOTIFIER_SMS, depth + 1), within=60)
        await eventually(lambda: _outbox(process, 0), within=30)
        for number in range(25):
            await eventually(lambda n=number: process.in_state(f"slow-{n}", "done"), within=20)


async def test_large_rows_are_taken_in_parts_and_all_are_sent(database_url: str, broker_url: str) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        large = [envelope(f"large-{number}", {"text": "x" * 4_900_000}) for number in range(9)]
        async with process.database.transaction() as session:
            for one in large:
                await put(session, one)
            # Not to be sent before it was looked at.
            assert [row.event_id for row in await take(session, 200)] == ["large-0", "large-1", "large-2"]
        for one in large:
            await eventually(lambda event_id=one.id: process.in_state(event_id, "done"), within=60)


async def test_under_a_memory_alarm_everything_waits_and_afterwards_everything_arrives(
    database_url: str, broker_url: str, rabbitmq: PrivateRabbit
) -> None:
    async with bench(database_url, broker_url, Count()) as process:
        async with memory_alarm(rabbitmq):
            for number in range(500):
                await process.send_by_outbox(envelope(f"alarm-{number}", {"text": "x" * 5_000}))
            await asyncio.sleep(6)
            with pytest.raises(UnconfirmedError):
                await process.publisher.publish(
                    message_of(b"{}", {"message_id": "alarm-now", "type": TYPE}), within=0.5
                )
            # No row is locked and no connection taken by what waits for the end of the alarm.
            assert await transactions_of(process) <= 1
        await eventually(lambda: _outbox(process, 0), within=30)
        for number in range(500):
            await eventually(lambda n=number: process.in_state(f"alarm-{n}", "done"), within=30)


async def test_what_was_not_confirmed_in_time_is_sent_once_while_its_connection_lives(
    database_url: str, broker_url: str
) -> None:
    handler = Count()
    async with behind_proxy(database_url, broker_url, handler) as (process, proxy):
        depth = await process.depth(names.EVENT_LOG)
        proxy.black_hole()
        late = envelope("late-1")
        with pytest.raises(UnconfirmedError):
            await process.publisher.publish(message_of(late.raw, properties_of(late)), within=0.3)
        await process.send_by_outbox(late)
        await asyncio.sleep(2)
        proxy.heal()
        await eventually(lambda: process.in_state("late-1", "done"))
        await eventually(lambda: _outbox(process, 0))
        assert await process.depth(names.EVENT_LOG) == depth + 1


@asynccontextmanager
async def largest_message(rabbitmq: PrivateRabbit, size: int) -> AsyncIterator[None]:
    """Channels opened meanwhile refuse larger messages."""
    default = "134217728"
    await asyncio.to_thread(rabbitmq.ctl, "eval", f"application:set_env(rabbit, max_message_size, {size}).")
    try:
        yield
    finally:
        await asyncio.to_thread(
            rabbitmq.ctl, "eval", f"application:set_env(rabbit, max_message_size, {default})."
        )


@asynccontextmanager
async def suspended(rabbitmq: PrivateRabbit, broker_url: str, queue: str) -> AsyncIterator[None]:
    """The leader of one quorum queue does nothing, as after the loss of its majority."""
    vhost = unquote(urlsplit(broker_url).path[1:])
    name = f"'{vhost}_{queue}'"
    await asyncio.to_thread(rabbitmq.ctl, "eval", f"sys:suspend({name}).")
    try:
        yield
    finally:
        await asyncio.to_thread(rabbitmq.ctl, "eval", f"sys:resume({name}).")


@asynccontextmanager
async def memory_alarm(rabbitmq: PrivateRabbit) -> AsyncIterator[None]:
    await asyncio.to_thread(rabbitmq.ctl, "set_vm_memory_high_watermark", "0.00001")
    try:
        yield
    finally:
        await asyncio.to_thread(rabbitmq.ctl, "set_vm_memory_high_watermark", "0.4")


async def transactions_of(process: Bench) -> int:
    query = (
        "select count(*) from pg_stat_activity where state = 'idle in transaction'"
        " and datname = current_database() and pid <> pg_backend_pid()"
    )
    async with process.database.transaction() as session:
        return int((await session.execute(text(query))).scalar_one())


async def median_latency(process: Bench, label: str) -> float:
    """Seconds from the commit of an outbox row to its handled delivery."""
    taken = []
    for number in range(21):
        began = time.perf_counter()
        await process.send_by_outbox(envelope(f"{label}-{number}"))
        await eventually(lambda n=number: process.in_state(f"{label}-{n}", "done"), every=0.005)
        taken.append(time.perf_counter() - began)
    return sorted(taken)[10]


async def _empty(process: Bench) -> bool:
    return await process.outboxed() == 0


async def _outbox(process: Bench, rows: int) -> bool:
    return await process.outboxed() == rows


async def _depth(process: Bench, queue: str, wanted: int) -> bool:
    return await process.depth(queue) == wanted
