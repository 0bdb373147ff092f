import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aio_pika import Message

from services.webhook_ingest.store import BrokerOrOutbox
from services.webhook_ingest.values import Deadline, RefusedError
from shared.contracts.envelope import Attributes, Envelope, now
from shared.db.engine import Database
from shared.messaging.publisher import Publisher, UnconfirmedError
from tests.support import eventually


@dataclass
class SilentBroker:
    """Confirms nothing; remembers how long each publication was waited for."""

    waited: list[float | None] = field(default_factory=list)

    async def publish(self, message: Message, *, within: float | None = None) -> None:
        self.waited.append(within)
        raise UnconfirmedError("no confirm")

    def in_flight(self, message: Message) -> None:
        """It never was sent."""


@dataclass
class StandingDatabase:
    """Answers nothing until ``goes_on`` is set; counts what is begun, committed and given up."""

    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0
    committed: int = 0
    given_up: int = 0
    info: dict[str, bool] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["StandingDatabase"]:
        self.begun += 1
        yield self
        self.committed += 1

    async def execute(self, *_: object) -> None:
        try:
            await self.goes_on.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise


def intake(broker: SilentBroker, database: StandingDatabase, **changes: Any) -> BrokerOrOutbox:
    """With a confirm of at most one second."""
    return BrokerOrOutbox(cast("Publisher", broker), cast("Database", database), 1.0, **changes)


def event(id_: str = "1") -> Envelope:
    return Envelope.of(Attributes(id=id_, source="s", type="a.b", time=now()), {})


async def refused(keeping: BrokerOrOutbox, envelope: Envelope) -> RefusedError:
    with pytest.raises(RefusedError) as refusal:
        await keeping.keep(envelope, Deadline.after(0))
    return refusal.value


@pytest.mark.parametrize(("left", "waited"), [(60.0, 1.0), (0.9, 0.6), (-5.0, 0.2)])
async def test_what_was_waited_for_before_shortens_the_wait_for_the_confirm(
    left: float, waited: float
) -> None:
    broker, database = SilentBroker(), StandingDatabase()
    database.goes_on.set()
    await intake(broker, database).keep(event(), Deadline.after(left))
    assert 0 < cast("float", broker.waited[0]) <= waited
    assert database.committed == 1


async def test_a_database_that_stands_still_is_a_503_and_its_write_is_finished_when_it_goes_on() -> None:
    broker, database = SilentBroker(), StandingDatabase()
    answer = await refused(intake(broker, database), event())
    assert (answer.status, answer.retry_after) == (503, 5)
    assert (database.begun, database.committed) == (1, 0)
    database.goes_on.set()
    assert await eventually(lambda: _count(database, "committed")) == 1


async def test_no_more_writes_pile_up_than_memory_allows() -> None:
    broker, database = SilentBroker(), StandingDatabase()
    keeping = intake(broker, database, most_writes=2)
    assert [(await refused(keeping, event(str(n)))).status for n in range(5)] == [503] * 5
    assert database.begun == 2
    database.goes_on.set()
    await eventually(lambda: _count(database, "committed"))
    await keeping.keep(event("6"), Deadline.after(60))
    assert database.committed == 3


async def test_a_write_that_never_ends_gives_its_connection_up() -> None:
    broker, database = SilentBroker(), StandingDatabase()
    await refused(intake(broker, database, longest_write=0.3), event())
    assert await eventually(lambda: _count(database, "given_up")) == 1


async def _count(database: StandingDatabase, what: str) -> int:
    return int(getattr(database, what))
