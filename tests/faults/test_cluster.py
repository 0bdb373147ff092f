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
from tests.faults.load import Load
from tests.faults.site import Nodes, Site, site

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
#: Below what is handled on a machine that does much besides, or a new webhook waits behind all others.
_RATE = 4
_DRAINED_WITHIN = 300.0


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
async def here(servers: Clustered, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with site(servers, Path(tmp_path_factory.mktemp("site"))) as made:
        yield made


async def _leader(servers: Clustered, here: Site) -> Node:
    return await asyncio.to_thread(servers.cluster.leader, here.vhost, names.SYNCER_BOOKINGS)


async def _healed(servers: Clustered, here: Site) -> None:
    await asyncio.to_thread(servers.cluster.heal)
    await here.ready(180)


async def _recovery(here: Site) -> float:
    """Seconds until a new webhook has had its effect."""
    return await here.handles_again(within=180)


async def _close(fault: str, here: Site, load: Load, closing: Closing, recovered: float) -> None:
    """I1 to I3 of what ``load`` sent."""
    account = await here.account(load, within=_DRAINED_WITHIN)
    closing.add(f"cluster: {fault}", account, refused=sum(load.refused.values()), recovered_after=recovered)


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
    async with here.load(rate=_RATE) as load:
        await asyncio.sleep(2)
        (await _leader(servers, here)).kill9()
        recovered = await _recovery(here)
        await _healed(servers, here)
    await _close("leader killed", here, load, closing, recovered)


async def test_a_frozen_leader_loses_nothing(servers: Clustered, here: Site, closing: Closing) -> None:
    async with here.load(rate=_RATE) as load:
        await asyncio.sleep(2)
        leader = await _leader(servers, here)
        leader.freeze()
        await asyncio.sleep(25)
        leader.thaw()
        recovered = await _recovery(here)
        await _healed(servers, here)
    await _close("leader frozen for 25 s", here, load, closing, recovered)


async def test_without_a_majority_nothing_is_confirmed_and_ingest_keeps_everything(
    servers: Clustered, here: Site, closing: Closing
) -> None:
    async with here.load(rate=_RATE) as load:
        await asyncio.sleep(2)
        for node in servers.cluster.nodes[1:]:
            node.kill9()
        await asyncio.sleep(6)
        before = set(load.accepted)
        await asyncio.sleep(6)
        during = load.accepted - before
        kept = here.rows("select event_id from outbox where event_id = any(%s)", list(during))
        await _healed(servers, here)
        recovered = await _recovery(here)
    assert during, "webhooks are accepted while the broker has no majority"
    assert {row["event_id"] for row in kept} == during, "something was confirmed without a majority"
    await _close("two of three killed", here, load, closing, recovered)


async def test_a_rolling_restart_of_the_nodes_loses_nothing(
    servers: Clustered, here: Site, closing: Closing
) -> None:
    async with here.load(rate=_RATE) as load:
        for node in servers.cluster.nodes:
            for step in (node.drain, node.stop, node.start):
                await asyncio.to_thread(step)
        recovered = await _recovery(here)
    await _close("rolling restart", here, load, closing, recovered)
