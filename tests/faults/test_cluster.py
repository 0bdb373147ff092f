"""A broker of three nodes: any one of them may go; while a majority is away nothing counts as confirmed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.postgres import PrivatePostgres
from shared.contracts import names
from tests.faults.closing import Closing
from tests.faults.cluster import Cluster, Node
from tests.faults.open_site import open_site
from tests.faults.site import Nodes, Site

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
#: Below what is handled on a machine that does much besides, or a new webhook waits behind all others.
_RATE = 4
_DRAINED_WITHIN = 600.0


@dataclass
class Clustered(Nodes):
    """As ``Nodes``; ``rabbitmq`` is the first of the cluster's nodes."""

    cluster: Cluster

    @property
    def amqp_ports(self) -> tuple[int, ...]:
        return tuple(node.port for node in self.cluster.nodes)


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clustered]:
    folder = tmp_path_factory.mktemp("cluster")
    cluster, postgres = Cluster(folder), PrivatePostgres(folder / "postgres")
    try:
        await asyncio.gather(asyncio.to_thread(postgres.start), asyncio.to_thread(cluster.start))
        yield Clustered(cluster.nodes[0], postgres, cluster)
    finally:
        cluster.kill()
        postgres.kill()


@pytest.fixture(scope="module")
async def clustered_site(servers: Clustered, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(servers, Path(tmp_path_factory.mktemp("site"))) as made:
        yield made


@pytest.fixture
async def here(servers: Clustered, clustered_site: Site) -> AsyncIterator[Site]:
    """As it should be, before and after each test."""
    clustered_site.begin()
    yield clustered_site
    await asyncio.to_thread(servers.cluster.heal)
    await clustered_site.heal()


async def _leader(servers: Clustered, here: Site) -> Node:
    return await asyncio.to_thread(servers.cluster.leader, here.vhost, names.SYNCER_BOOKINGS)


async def _healed(servers: Clustered, here: Site) -> None:
    await asyncio.to_thread(servers.cluster.heal)
    await here.ready(300)


async def test_each_queue_has_a_member_on_each_node(servers: Clustered, here: Site) -> None:
    listed = servers.cluster.nodes[0].ctl(
        "list_queues", "--no-table-headers", "-p", here.vhost, "name", "members"
    )
    members = [line.split("\t")[1].count("askpro-") for line in listed.splitlines()]
    assert members
    assert set(members) == {3}


async def test_the_death_of_the_leader_loses_nothing(
    servers: Clustered, here: Site, closing: Closing
) -> None:
    line = closing.begin("cluster: leader killed", here.tally)
    async with here.load(rate=_RATE) as load:
        await load.goes_on(10)
        (await _leader(servers, here)).kill9()
        line.recovered_after = await here.handles_again(within=300)
        await _healed(servers, here)
    await here.account(load, line, within=_DRAINED_WITHIN)


async def test_a_frozen_leader_loses_nothing(servers: Clustered, here: Site, closing: Closing) -> None:
    line = closing.begin("cluster: leader frozen for 25 s", here.tally)
    async with here.load(rate=_RATE) as load:
        await load.goes_on(10)
        leader = await _leader(servers, here)
        leader.freeze()
        await asyncio.sleep(25)
        leader.thaw()
        line.recovered_after = await here.handles_again(within=300)
        await _healed(servers, here)
    await here.account(load, line, within=_DRAINED_WITHIN)


async def test_without_a_majority_nothing_is_confirmed_and_ingest_keeps_everything(
    servers: Clustered, here: Site, closing: Closing
) -> None:
    line = closing.begin("cluster: two of three killed", here.tally)
    async with here.load(rate=_RATE) as load:
        await load.goes_on(10)
        for node in servers.cluster.nodes[1:]:
            node.kill9()
        # What was on its way when the nodes died is past; what comes from here on finds no majority.
        await load.goes_on(20)
        before = set(load.accepted)
        await load.goes_on(20)
        during = load.accepted - before
        kept = here.rows("select event_id from outbox where event_id = any(%s)", list(during))
        await _healed(servers, here)
        line.recovered_after = await here.handles_again(within=300)
    await here.account(load, line, within=_DRAINED_WITHIN)
    assert {row["event_id"] for row in kept} == during, "something was confirmed without a majority"


async def test_a_rolling_restart_of_the_nodes_loses_nothing(
    servers: Clustered, here: Site, closing: Closing
) -> None:
    line = closing.begin("cluster: rolling restart", here.tally)
    async with here.load(rate=_RATE) as load:
        for node in servers.cluster.nodes:
            for step in (node.drain, node.stop, node.start):
                await asyncio.to_thread(step)
        line.recovered_after = await here.handles_again(within=300)
    await here.account(load, line, within=_DRAINED_WITHIN)
