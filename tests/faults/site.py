"""A small installation to break: broker and database behind proxies, ingest, console, workers; and its books.

The shape of every test is: load → fault → heal → drain → account for every id.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row

from infra.local.postgres import PrivatePostgres
from infra.local.rabbitmq import PrivateRabbit
from shared.clients.console import ConsoleClient
from shared.contracts import names
from shared.messaging.topology import WORK_QUEUES
from tests.faults.account import Account
from tests.faults.aftermath import Aftermath
from tests.faults.closing import Line
from tests.faults.depths import Depths
from tests.faults.load import Load
from tests.faults.supervised import Supervised
from tests.faults.tapped import TappedProxy
from tests.faults.waiting import at_last
from tests.proxy import FaultProxy
from tests.support import eventually, written_down

#: What the workers of a site consume.
CONSUMED: Final = (names.SYNCER_BOOKINGS, names.SYNCER_CALLS)
#: Everything that the books still wait for.
_OPEN: Final = (
    "select (select count(*) from outbox) as outbox,"
    " (select count(*) from deliveries where state in ('waiting', 'redelivery')"
    "  and queue in ('syncer.bookings', 'syncer.calls')) as deliveries"
)
PASSWORD = "a long password of the tests"


@dataclass
class Nodes:
    """The servers that may be killed; a site has a virtual host and a database of its own there."""

    rabbitmq: PrivateRabbit
    postgres: PrivatePostgres

    @property
    def amqp_ports(self) -> tuple[int, ...]:
        """Where clients may connect; several in a cluster."""
        return (self.rabbitmq.port,)

    async def back(self, server: PrivateRabbit | PrivatePostgres) -> None:
        """Start a killed server without stopping the test's own event loop, in which the proxies run."""
        await asyncio.to_thread(server.start)


@dataclass
class Site:
    """``amqp`` and ``sql`` lie between ingest and workers and their servers.

    ``beside`` lies between console and broker, and has no faults; to the database the console goes straight.
    """

    nodes: Nodes
    amqp: TappedProxy
    beside: TappedProxy
    sql: FaultProxy
    broker_url: str
    database_url: str
    folder: Path
    heard: frozenset[str] = frozenset(CONSUMED)
    processes: dict[str, Supervised] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    loads: list[Load] = field(default_factory=list)

    def __post_init__(self) -> None:
        unheard = {spec.name for spec in WORK_QUEUES} - self.heard
        depths = Depths(self.broker_url, self.nodes.rabbitmq.management_url, frozenset(unheard))
        self.aftermath = Aftermath(self, depths)

    @property
    def ingest(self) -> Supervised:
        return self.processes["ingest"]

    @property
    def workers(self) -> list[Supervised]:
        return [one for name, one in self.processes.items() if name.startswith("worker")]

    @property
    def ours(self) -> dict[str, Supervised]:
        """What is tested."""
        return {name: one for name, one in self.processes.items() if one.ours}

    @property
    def console(self) -> ConsoleClient:
        return ConsoleClient(self.processes["console"].url, "operator", PASSWORD)

    def load(self, *, rate: float = 25, do: Mapping[str, Any] | None = None) -> Load:
        """Webhooks that come all the time; ``async with site.load(): …``."""
        self.loads.append(Load(self.ingest.url, rate=rate, do=dict(do or {})))
        return self.loads[-1]

    def begin(self) -> None:
        """A test begins."""
        self.loads.clear()
        self.aftermath.begin()

    async def heal(self) -> None:
        """The servers run, the network is whole, everybody is ready."""
        self.amqp.heal()
        self.sql.heal()
        for server in (self.nodes.rabbitmq, self.nodes.postgres):
            if not server.running:
                await self.nodes.back(server)
        await self.ready()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Of the database, past the proxy."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def execute(self, statement: str, *values: Any) -> None:
        """At the database, past the proxy."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def attempts_burned(self, load: Load) -> int:
        """Failed attempts that were written down for what ``load`` sent."""
        query = (
            "select coalesce(sum(jsonb_array_length(history)), 0) as n"
            " from deliveries where event_id = any(%s)"
        )
        return int(self.rows(query, list(load.accepted))[0]["n"])

    @property
    def redelivered(self) -> Counter[str]:
        """How often each event was sent to its queue again, by any relay."""
        return self.amqp.redelivered + self.beside.redelivered

    def arrivals(self, load: Load) -> Counter[str]:
        """How often each event that says ``note`` was given to a handler."""
        query = "select event_id as k from fault_arrivals where event_id = any(%s)"
        return self._counted(query, list(load.accepted))

    async def done(self, ids: Collection[str], *, within: float) -> None:
        """Return once each of them has had its effect, whatever else waits."""
        query = "select count(distinct event_id) as n from fault_effects where event_id = any(%s)"

        async def reached() -> bool:
            return bool(self.rows(query, list(ids))[0]["n"] == len(ids))

        await eventually(reached, within=within, of=f"{len(ids)} events are done")

    async def comes_again(self, event_id: str) -> None:
        """Return once an event that says ``note`` was handed over a second time."""
        query = "select 1 from fault_arrivals where event_id = %s"

        async def twice() -> bool:
            return len(self.rows(query, event_id)) > 1

        await eventually(twice, within=240, of="it is handed over again")

    @property
    def vhost(self) -> str:
        return urlsplit(self.broker_url).path[1:]

    async def ready(self, within: float = 180.0) -> None:
        """Every process says ready."""
        await asyncio.gather(*(process.ready(within) for process in self.processes.values()))

    async def settled(self) -> None:
        """Everything is ready and at rest: what is broken from now on has to come back to this."""
        await self.ready()
        await written_down()
        await self.aftermath.measure()

    async def drained(self, load: Load, within: float) -> None:
        """I3: everything is logged and settled, the outbox and the broker hold nothing any more."""

        async def books() -> str:
            ledger = await asyncio.to_thread(self.console.get, "ledger")
            logged = "select count(*) as n from event_log where id = any(%s)"
            left = self.rows(_OPEN)[0] | {
                "to_be_logged": ledger["to_be_logged"],
                "not_logged": len(load.accepted) - self.rows(logged, list(load.accepted))[0]["n"],
            }
            return f"{left}" if any(left.values()) else ""

        await at_last(books, "I3", within=within)

    async def account(
        self, load: Load, line: Line, *, within: float = 180.0, excused: Mapping[str, str] | None = None
    ) -> Account:
        """Drain, then hold everything against the invariants that every fault has to leave intact.

        ``excused``: lines of a log that this fault rightly causes, each with the reason.
        """
        line.refused = sum(load.refused.values())
        try:
            await self.drained(load, within)
        finally:
            line.account = self._account(load.accepted)
        account = line.account
        account.check()
        assert set(account.told) == set(account.effects), "I2: what was committed together parted"
        await self.aftermath.holds(excused)
        return account

    def tally(self) -> Account:
        """What has become, up to now, of all that this test has sent."""
        return self._account({event_id for load in self.loads for event_id in load.accepted})

    def _account(self, accepted: set[str]) -> Account:
        ids = list(accepted)
        dead = self.rows("select event_id from deliveries where state = 'dead' and event_id = any(%s)", ids)
        return Account(
            accepted=set(ids),
            effects=self._counted("select event_id as k from fault_effects where event_id = any(%s)", ids),
            told=self._counted(
                "select document->'data'->>'call_id' as k from event_log"
                " where type = 'call.recorded' and document->'data'->>'call_id' = any(%s)",
                ids,
            ),
            dead={row["event_id"] for row in dead},
        )

    def _counted(self, query: str, ids: list[str]) -> Counter[str]:
        return Counter(row["k"] for row in self.rows(query, ids))

    async def handles_again(self, *, within: float = 180.0) -> float:
        """Seconds from now until a webhook that is sent now has had its effect."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        probe = self.load(rate=2)
        async with probe:

            async def handled() -> bool:
                done = self.rows(
                    "select 1 from fault_effects where event_id = any(%s) limit 1", list(probe.accepted)
                )
                return bool(done)

            await eventually(handled, within=within, of="a new webhook is handled")
        return loop.time() - began
