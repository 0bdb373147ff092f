"""What a person wants gone is looked for once more, deleted if it is still nobody's, and noted."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from services.provisioner.content import agent_name
from services.provisioner.handlers.remove_orphan import StillUsedError
from services.provisioner.store import Leases
from services.provisioner.store.leases import BranchBusyError
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.clients.retell import engine_of
from shared.errors import TransientError
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.integration.provisioner.harness import World
from tests.integration.provisioner.leftovers import (
    a_number,
    a_webhook,
    an_agent,
    an_llm,
    deeds,
    listed,
    looked_at,
    remove,
    retell,
    sweep,
)
from tests.proxy import FaultProxy
from tests.support import eventually


@pytest.fixture
async def proxy(world: World) -> AsyncIterator[FaultProxy]:
    """On the way to Retell; what waits for an answer is sent again when its connections end."""
    port = urlsplit(world.simulators.retell_url).port or 80
    async with FaultProxy(port) as proxy, http_client() as http:
        guards = Guards(Circuits(None, process="test"), Limits(None))
        url = proxy.through(f"{world.simulators.retell_url}/")
        calcom_url = world.simulators.calcom_url
        world.providers = Providers(http, guards, calcom_base_url=calcom_url, retell_base_url=url)
        yield proxy


async def test_an_orphan_is_removed_by_a_person_s_wish_and_the_trail_says_by_whose(world: World) -> None:
    await world.tell("branch.created", world.branch())
    llm = await an_llm(world, "schwabing")
    await looked_at(world)
    for _ in range(2):
        await remove(world, f"llm:{llm}")
    assert await world.counts() == (1, 1, 1)
    assert world.provisioning()["llm_id"] != llm
    assert deeds(world) == [("anna", "orphan.removed", f"llm:{llm}")]
    assert listed(world) == {}


async def test_an_agent_goes_before_the_llm_that_it_uses(world: World) -> None:
    llm = await an_llm(world, "nobody-s")
    agent = await an_agent(world, "nobody-s", llm)
    await looked_at(world)
    with pytest.raises(StillUsedError):
        await remove(world, f"llm:{llm}")
    await remove(world, f"agent:{agent}")
    await remove(world, f"llm:{llm}")
    assert await world.counts() == (0, 0, 0)


async def test_the_conversations_of_an_llm_go_with_it_and_those_of_a_person_stay(world: World) -> None:
    llm, name = await an_llm(world, "nobody-s"), agent_name(world.company, "nobody-s")
    for label in (f"{name}/1", f"{name}/2", "by hand"):
        said = {"user_prompt": "Guten Tag", "metrics": [], "response_engine": engine_of(llm, 0)}
        await retell(world).create_case({"name": label, **said})
    await looked_at(world)
    await remove(world, f"llm:{llm}")
    assert [case.name for case in await retell(world).list_cases(llm)] == ["by hand"]


async def test_numbers_and_webhooks_are_removed_as_well(world: World) -> None:
    await world.tell("branch.created", world.branch(**a_number(world)))
    await world.tell("branch.deleted", {"company_id": world.company, "branch_id": "schwabing", "version": 2})
    await a_webhook(world, world.addresses.webhooks("calcom", world.company))
    for named in await looked_at(world):
        await remove(world, named)
    made = await world.made()
    assert (made["numbers"], made["webhooks"]) == ([], [])
    assert [action for _, action, _ in deeds(world)] == ["orphan.removed", "orphan.removed"]


async def test_what_a_branch_has_taken_since_it_was_listed_is_kept(world: World) -> None:
    llm = await an_llm(world, "schwabing")
    await looked_at(world)
    await world.tell("branch.created", world.branch())
    await remove(world, f"llm:{llm}")
    assert world.provisioning()["llm_id"] == llm
    assert await world.counts() == (1, 1, 1)
    assert deeds(world) == [("anna", "orphan.kept", f"llm:{llm}")]
    assert listed(world) == {}


async def test_what_somebody_else_has_removed_is_noted_as_gone(world: World) -> None:
    llm = await an_llm(world, "nobody-s")
    await looked_at(world)
    await retell(world).delete_llm(llm)
    await remove(world, f"llm:{llm}")
    assert deeds(world) == [("anna", "orphan.gone", f"llm:{llm}")]


async def test_a_removal_whose_answer_was_lost_is_finished(world: World) -> None:
    llm = await an_llm(world, "nobody-s")
    await looked_at(world)
    await world.retell.fault("DELETE /delete-retell-llm/{id}", "status", status=503, times=3)
    with pytest.raises(TransientError):
        await remove(world, f"llm:{llm}")
    await world.retell.heal()
    await remove(world, f"llm:{llm}")
    assert await world.counts() == (0, 0, 0)


async def test_nothing_is_removed_while_somebody_works_on_its_branch(world: World) -> None:
    await world.tell("branch.created", world.branch())
    llm = await an_llm(world, "schwabing")
    await looked_at(world)
    async with Leases(world.database, seconds=40).of(world.company, "schwabing"):
        with pytest.raises(BranchBusyError):
            await remove(world, f"llm:{llm}")
    assert (await world.counts())[0] == 2


async def test_what_nobody_listed_is_not_removed(world: World) -> None:
    llm = await an_llm(world, "nobody-s")
    await remove(world, f"llm:{llm}")
    assert await world.counts() == (1, 0, 0)
    assert deeds(world) == []


async def test_a_branch_that_came_while_its_orphan_went_is_looked_at_again(
    world: World, proxy: FaultProxy
) -> None:
    agent = await an_agent(world, "schwabing", await an_llm(world, "schwabing"))
    await looked_at(world)
    await world.retell.fault("DELETE /delete-agent/{id}", "latency", seconds=600, times=1)
    removal = asyncio.create_task(remove(world, f"agent:{agent}"))
    await eventually(lambda: _asked(world), of="the request")
    await world.tell("branch.created", world.branch())
    proxy.reset()
    await removal
    assert "branch.refresh_requested" in world.events()


async def test_what_was_removed_and_is_there_again_is_another_one(world: World) -> None:
    number = a_number(world)
    await world.tell("branch.created", world.branch(**number))
    await world.tell("branch.deleted", {"company_id": world.company, "branch_id": "schwabing", "version": 2})
    named = f"number:{number['phone_number']}"
    await looked_at(world)
    await remove(world, named)
    again = {**number, "nickname": f"askpro/{world.company}/schwabing"}
    await world.ask_retell("POST", "/import-phone-number", again)
    await sweep(world)
    assert listed(world) == {}
    assert set(await looked_at(world)) == {named}


async def _asked(world: World) -> bool:
    received = await world.retell.requests(method="DELETE")
    return any(one["key"] == world.retell_key for one in received)
