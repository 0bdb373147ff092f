"""Whatever fails in whatever order: one row, done or dead, with a history as long as its failed attempts."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from shared.contracts.envelope import Envelope
from shared.db.deliveries import Deliveries, due, mark_waiting
from shared.db.engine import Database
from shared.db.tables import Delivery
from shared.errors import CredentialOpenError, DependencyOpenError, PermanentError, TransientError
from shared.messaging.edge import Edge, Origin
from shared.messaging.gates import Gates
from shared.messaging.publisher import Publisher
from tests.integration.messaging.harness import QUEUE, OpenGates, an_event, handed_over

STEPS: dict[str, Callable[[], Exception]] = {
    "transient": lambda: TransientError("later"),
    "retry after": lambda: TransientError("later", retry_after=3600.0),
    "refused": lambda: PermanentError("never"),
    "bug": lambda: ZeroDivisionError("ours"),
    "parked": lambda: CredentialOpenError(circuit="calcom:nobody"),
    "held": lambda: DependencyOpenError(gate="calcom"),
}
COUNTED = {"transient", "retry after", "refused", "bug"}
#: What may happen beside an attempt.
BESIDE = ("nothing", "copy at once", "late copy", "replay")


@dataclass
class Script:
    """A handler that fails as it was told, then succeeds; ``made`` are the failures that it made."""

    database: Database
    failures: list[str]
    made: list[str] = field(default_factory=list)
    effects: int = 0

    async def __call__(self, envelope: Envelope) -> None:
        if self.failures:
            self.made.append(self.failures.pop(0))
            error = STEPS[self.made[-1]]()
            raise error
        async with self.database.settling() as session:
            await session.execute(select(1))
        self.effects += 1


@dataclass
class Course:
    """One event in one queue, and a broker and relay that do what the test says."""

    edge: Edge
    database: Database
    script: Script
    envelope: Envelope
    copies: list[int] = field(default_factory=lambda: [1])

    async def deliver(self, attempt: int) -> None:
        arrival, _ = handed_over(self.envelope, attempt)
        await self.edge.consume(QUEUE, arrival, self.script)

    async def relay(self) -> None:
        """Time passes: what is due later, or waits for a circuit, is sent."""
        async with self.database.transaction() as session:
            mine = (Delivery.event_id == self.envelope.id, Delivery.state == "redelivery")
            await session.execute(update(Delivery).where(*mine).values(due_at=func.now(), waits_for=None))
        async with self.database.transaction() as session:
            rows = [row for row in await due(session, 100) if row.event_id == self.envelope.id]
            assert all(bytes(row.body or b"") == self.envelope.raw for row in rows)
            await mark_waiting(session, rows)
        self.copies += [row.attempt + 1 for row in rows]

    async def replay(self) -> None:
        """As the console does it."""
        async with self.database.transaction() as session:
            await session.execute(
                update(Delivery)
                .where(Delivery.event_id == self.envelope.id, Delivery.state == "dead")
                .values(state="redelivery", attempt=0, due_at=func.now(), waits_for=None)
            )

    async def row(self) -> Delivery:
        async with self.database.transaction() as session:
            query = select(Delivery).where(Delivery.event_id == self.envelope.id)
            return (await session.execute(query)).scalar_one()


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="test")
    yield database
    await database.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    failures=st.lists(st.sampled_from(sorted(STEPS)), max_size=12),
    beside=st.lists(st.sampled_from(BESIDE), min_size=12, max_size=12),
)
async def test_any_sequence_ends_in_exactly_one_of_done_and_dead(
    database: Database, failures: list[str], beside: list[str]
) -> None:
    course = begin(database, failures)
    for happens in beside:
        while course.copies:
            attempt = course.copies.pop(0)
            copies = 2 if happens == "copy at once" else 1
            await asyncio.gather(*(course.deliver(attempt) for _ in range(copies)))
            if happens == "late copy":
                await course.deliver(1)
            await course.relay()
        if happens == "replay":
            await course.replay()
            await course.relay()
    while course.copies:
        await course.deliver(course.copies.pop(0))
        await course.relay()
    await course.deliver(1)

    row = await course.row()
    counted = [step for step in course.script.made if step in COUNTED]
    assert row.state in {"done", "dead"}
    assert course.script.effects == (1 if row.state == "done" else 0)
    assert len(row.history) <= len(counted)
    if not {"copy at once", "late copy"} & set(beside):
        assert len(row.history) == len(counted)
    assert (row.due_at, row.waits_for) == (None, None)


def begin(database: Database, failures: list[str]) -> Course:
    edge = Edge(
        Deliveries(database, source="syncer"),
        cast("Publisher", None),
        cast("Gates", OpenGates()),
        Origin("syncer", "0", "test"),
    )
    return Course(
        edge, database, Script(database, list(failures)), an_event(f"any-{secrets.token_hex(8)}", {"a": "ü"})
    )
