"""Where a delivery stands in its run of attempts: how long it fails already, and what is still to come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, insert, select, update

from shared.contracts import names
from shared.contracts.envelope import Envelope
from shared.db.deliveries import Deliveries, due, mark_waiting
from shared.db.engine import Database
from shared.db.tables import Delivery
from shared.errors import CredentialOpenError, TransientError
from shared.messaging.edge import Edge, Origin
from shared.messaging.gates import Gates
from shared.messaging.publisher import Publisher
from tests.integration.messaging.harness import QUEUE, Answered, OpenGates, an_event, handed_over

LONG_AGO = datetime.now(UTC) - timedelta(hours=25)


@dataclass
class Course:
    """One event in one queue. ``run`` fails as it is told, then succeeds."""

    database: Database
    edge: Edge
    envelope: Envelope
    errors: list[Exception] = field(default_factory=list)
    attempts: int = 0

    async def run(self, _: Envelope) -> None:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)

    async def deliver(self, attempt: int, *, queue: str = QUEUE, **headers: Any) -> Answered:
        arrival, answered = handed_over(self.envelope, attempt, **headers)
        await self.edge.consume(queue, arrival, self.run)
        return answered

    async def write(self, **columns: Any) -> None:
        values = {"queue": QUEUE, "event_id": self.envelope.id, "first_seen_at": LONG_AGO, **columns}
        async with self.database.transaction() as session:
            await session.execute(insert(Delivery).values(**values))

    async def change(self, **columns: Any) -> None:
        mine = update(Delivery).where(Delivery.event_id == self.envelope.id)
        async with self.database.transaction() as session:
            await session.execute(mine.values(**columns))

    async def relay(self) -> int:
        """Send it as soon as it is due, which is now; the attempt it is sent for."""
        await self.change(due_at=func.now(), waits_for=None)
        async with self.database.transaction() as session:
            [row] = [row for row in await due(session, 100) if row.event_id == self.envelope.id]
            await mark_waiting(session, [row])
            return row.attempt + 1

    async def row(self) -> Delivery:
        async with self.database.transaction() as session:
            query = select(Delivery).where(Delivery.event_id == self.envelope.id)
            return (await session.execute(query)).scalar_one()


@pytest.fixture
async def course(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Course]:
    database = Database(database_url, application="test")
    deliveries, origin = Deliveries(database, source="syncer"), Origin("syncer", "0", "test")
    edge = Edge(deliveries, cast("Publisher", None), cast("Gates", OpenGates()), origin)
    yield Course(database, edge, an_event(request.node.name[:100], {}))
    await database.close()


def failed(attempt: int, at: datetime) -> dict[str, Any]:
    return {"attempt": attempt, "at": at.isoformat(), "class": "TransientError", "message": "", "place": ""}


async def test_what_waited_for_a_day_before_its_first_attempt_has_its_whole_patience(course: Course) -> None:
    await course.write(state="waiting")
    course.errors = [TransientError("a hiccup")]
    await course.deliver(1)
    assert (await course.row()).state == "redelivery"


async def test_patience_ends_a_day_after_the_first_failure(course: Course) -> None:
    await course.write(state="waiting", attempt=1, history=[failed(1, LONG_AGO)])
    course.errors = [TransientError("still")]
    await course.deliver(2)
    row = await course.row()
    assert (row.state, row.reason) == ("dead", "attempts_exhausted")


async def test_a_replay_has_its_whole_patience_again(course: Course) -> None:
    story = [failed(1, LONG_AGO), failed(2, LONG_AGO), failed(3, LONG_AGO)]
    await course.write(state="waiting", attempt=0, history=story)
    course.errors = [TransientError("a hiccup"), TransientError("another")]
    await course.deliver(1)
    await course.deliver(await course.relay())
    row = await course.row()
    assert (row.state, row.attempt, len(row.history)) == ("redelivery", 2, 5)


async def test_of_a_replay_the_time_counts_from_its_own_first_failure(course: Course) -> None:
    story = [failed(1, datetime.now(UTC)), failed(1, LONG_AGO)]
    await course.write(state="waiting", attempt=1, history=story)
    course.errors = [TransientError("still")]
    await course.deliver(2)
    assert (await course.row()).state == "dead"


async def test_a_copy_whose_answer_was_lost_does_not_run_before_the_redelivery_is_due(course: Course) -> None:
    course.errors = [TransientError("a hiccup")]
    await course.deliver(1)
    before = await course.row()
    again = await course.deliver(1)
    assert (course.attempts, again.acks) == (1, 1)
    assert (await course.row()).updated_at == before.updated_at
    await course.deliver(await course.relay())
    row = await course.row()
    assert (row.state, row.attempt, course.attempts) == ("done", 2, 2)


async def test_so_it_is_with_a_copy_in_quarantine(course: Course) -> None:
    course.errors = [TransientError("a hiccup")]
    await course.deliver(1)
    again = await course.deliver(1, queue=names.quarantine("syncer"), **{names.WORK_QUEUE: QUEUE})
    assert (course.attempts, again.acks) == (1, 1)


async def test_what_the_relay_has_sent_runs_though_its_row_does_not_say_so_yet(course: Course) -> None:
    course.errors = [TransientError("a hiccup")]
    await course.deliver(1)
    await course.deliver(2)
    assert ((await course.row()).state, course.attempts) == ("done", 2)


async def test_a_parked_delivery_runs_whoever_brings_it_back(course: Course) -> None:
    course.errors = [CredentialOpenError(circuit="calcom:c1"), CredentialOpenError(circuit="calcom:c1")]
    await course.deliver(1)
    await course.deliver(1)
    row = await course.row()
    assert (row.state, row.attempt, row.waits_for) == ("redelivery", 0, "calcom:c1")
    await course.deliver(await course.relay())
    row = await course.row()
    assert (row.state, row.attempt, row.history, course.attempts) == ("done", 1, [], 3)
