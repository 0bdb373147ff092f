"""A company whose account is in Cal.com's European region is set up there, and only there."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.integration.provisioner.harness import World
from tests.processes import free_port


@pytest.fixture
async def only_europe(world: World) -> AsyncIterator[Providers]:
    """Nobody answers for the rest of the world."""
    guards = Guards(Circuits(None, process="test"), Limits(None))
    async with http_client() as http:
        yield Providers(
            http,
            guards,
            calcom_base_url=f"http://127.0.0.1:{free_port()}",
            calcom_eu_base_url=world.simulators.calcom_url,
            retell_base_url=world.simulators.retell_url,
        )


def _moves(world: World, providers: Providers) -> None:
    world.providers = providers
    world.execute("update companies set calcom_region = 'eu' where id = %s", world.company)


async def test_a_company_in_europe_has_its_webhook_there(world: World, only_europe: Providers) -> None:
    _moves(world, only_europe)
    await world.tell("branch.created", world.branch())
    assert world.status() == "provisioned"
    assert len((await world.made())["webhooks"]) == 1
    await world.tell("branch.deleted", {"company_id": world.company, "branch_id": "schwabing", "version": 2})
    assert (await world.made())["webhooks"] == []


async def test_a_webhook_that_was_seen_in_one_region_is_looked_for_in_the_other(
    world: World, only_europe: Providers
) -> None:
    await world.tell("branch.created", world.branch())
    seen = world.provisioning()["calcom_webhook_id"]
    headers = {"Authorization": f"Bearer {world.calcom_key}"}
    async with httpx.AsyncClient(base_url=world.calcom.root, headers=headers, trust_env=False) as http:
        assert (await http.delete(f"/v2/webhooks/{seen}")).is_success
    _moves(world, only_europe)
    at = "2026-11-30T12:00:00Z"
    about = {"company_id": world.company, "branch_id": "schwabing"}
    await world.tell("branch.refresh_requested", {**about, "reason": "company.changed", "requested_at": at})
    assert len((await world.made())["webhooks"]) == 1
