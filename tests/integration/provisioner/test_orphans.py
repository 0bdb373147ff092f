"""What is ours at a provider and of no branch is listed; nothing is removed by that."""

import asyncio

from services.provisioner.app import LEASE_SECONDS
from shared.clients.retell import answered_by
from shared.contracts import names
from shared.db.orphans import GRACE
from shared.messaging.outcome import policy_of
from tests.integration.provisioner.harness import World
from tests.integration.provisioner.leftovers import (
    Told,
    a_number,
    a_webhook,
    age,
    an_agent,
    an_llm,
    listed,
    looked_at,
    retell,
    rounds,
    sweep,
)


async def test_what_belongs_to_a_branch_is_no_orphan_and_is_not_touched(world: World) -> None:
    await world.tell("branch.created", world.branch(**a_number(world)))
    before = await world.writes()
    assert await looked_at(world) == {}
    assert await world.writes() == before


async def test_what_bears_the_name_of_a_branch_that_is_gone_or_was_never_known_is_listed(
    world: World,
) -> None:
    await world.tell("branch.created", world.branch())
    await world.tell("branch.deleted", _deletion(world))
    llm, stray = await an_llm(world, "schwabing"), await an_llm(world, "nobody-s")
    agent = await an_agent(world, "schwabing", llm)
    assert await looked_at(world) == {
        f"llm:{llm}": "branch_deleted",
        f"llm:{stray}": "branch_unknown",
        f"agent:{agent}": "branch_deleted",
    }


async def test_a_second_agent_beside_the_one_that_its_branch_knows_is_listed(world: World) -> None:
    await world.tell("branch.created", world.branch())
    llm = await an_llm(world, "schwabing")
    agent = await an_agent(world, "schwabing", llm)
    assert await looked_at(world) == {f"llm:{llm}": "second", f"agent:{agent}": "second"}


async def test_what_a_branch_will_look_for_and_take_is_no_orphan(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.execute(
        "update provisionings set agent_id = null, llm_id = null where company_id = %s", world.company
    )
    assert await looked_at(world) == {}


async def test_nothing_younger_than_the_longest_lease_is_listed(world: World) -> None:
    await an_llm(world, "nobody-s")
    for _ in range(2):
        await sweep(world)
    assert listed(world) == {}
    age(world)
    await sweep(world)
    assert len(listed(world)) == 1


def test_the_grace_outlives_an_attempt_and_the_lease_that_it_leaves_behind() -> None:
    attempt = policy_of(names.PROVISIONER_BRANCHES).attempt_seconds
    assert GRACE.total_seconds() > attempt + LEASE_SECONDS


async def test_what_bears_the_name_of_another_company_is_that_company_s_matter(world: World) -> None:
    llm = await an_llm(world, "mitte", f"{world.company}-2")
    await an_agent(world, "mitte", llm, f"{world.company}-2")
    await a_webhook(world, f"https://old.example.com/webhooks/calcom/{world.company}-2")
    assert await looked_at(world) == {}


async def test_a_number_that_its_branch_left_behind_is_listed(world: World) -> None:
    await world.tell("branch.created", world.branch(**a_number(world)))
    await world.tell("branch.deleted", _deletion(world))
    assert await looked_at(world) == {f"number:{a_number(world)['phone_number']}": "branch_deleted"}


async def test_a_number_that_another_branch_is_to_answer_is_no_orphan(world: World) -> None:
    await world.tell("branch.created", world.branch(**a_number(world)))
    await world.tell("branch.deleted", _deletion(world))
    await world.tell("branch.created", world.branch("mitte"))
    world.execute(
        "update branches set document = document || jsonb_build_object('phone_number', %s::text) "
        "where company_id = %s and id = 'mitte'",
        a_number(world)["phone_number"],
        world.company,
    )
    assert await looked_at(world) == {}


async def test_a_number_that_somebody_else_s_agent_answers_is_no_orphan_whatever_its_name(
    world: World,
) -> None:
    number = a_number(world)
    await world.tell("branch.created", world.branch(**number))
    await world.tell("branch.deleted", _deletion(world))
    agent = await an_agent(world, "x", await an_llm(world, "x", "somebody"), "somebody")
    await retell(world).publish_version(agent, 0)
    await retell(world).update_number(number["phone_number"], {"inbound_agents": answered_by(agent)})
    assert await looked_at(world) == {}


async def test_a_number_that_rings_at_an_orphan_is_listed_with_it(world: World) -> None:
    agent = await an_agent(world, "nobody-s", await an_llm(world, "nobody-s"))
    await retell(world).publish_version(agent, 0)
    binding = {"nickname": "Zentrale", "inbound_agents": answered_by(agent)}
    await world.ask_retell("POST", "/import-phone-number", {**a_number(world), **binding})
    found = await looked_at(world)
    assert found[f"number:{a_number(world)['phone_number']}"] == "agent_left_over"


async def test_webhooks_at_another_address_and_second_ones_are_listed(world: World) -> None:
    await world.tell("branch.created", world.branch())
    url = world.addresses.webhooks("calcom", world.company)
    old = await a_webhook(world, f"https://old.example.com/webhooks/calcom/{world.company}/?x=1")
    second = await a_webhook(world, "https://new.example.com/webhooks/calcom")
    await world.calcom.alter_webhook(second, subscriberUrl=url)
    assert await looked_at(world) == {f"webhook:{old}": "old_address", f"webhook:{second}": "second"}


async def test_a_webhook_at_another_address_that_is_the_only_one_may_be_in_use(world: World) -> None:
    await world.tell("branch.created", world.branch())
    webhook = (await world.made())["webhooks"][0]["id"]
    await world.calcom.alter_webhook(
        webhook, subscriberUrl=f"https://old.example.com/webhooks/calcom/{world.company}"
    )
    assert await looked_at(world) == {}


async def test_a_webhook_of_a_company_without_a_branch_is_listed(world: World) -> None:
    webhook = await a_webhook(world, world.addresses.webhooks("calcom", world.company))
    assert await looked_at(world) == {f"webhook:{webhook}": "no_branch"}


async def test_what_is_gone_from_the_provider_or_was_taken_by_a_branch_leaves_the_list(world: World) -> None:
    taken, gone = await an_llm(world, "schwabing"), await an_llm(world, "nobody-s")
    assert set(await looked_at(world)) == {f"llm:{taken}", f"llm:{gone}"}
    await world.tell("branch.created", world.branch())
    await retell(world).delete_llm(gone)
    await sweep(world)
    assert world.provisioning()["llm_id"] == taken
    assert listed(world) == {}


async def test_a_company_is_looked_at_once_an_hour_by_however_many_processes(world: World) -> None:
    await world.retell.forget_requests()
    await asyncio.gather(*(rounds(world, Told(), every=3600.0)() for _ in range(4)))
    mine = [one for one in await world.retell.requests() if one["key"] == world.retell_key]
    assert len([one for one in mine if one["path"] == "/v2/list-retell-llms"]) == 1


async def test_a_provider_that_does_not_answer_leaves_its_list_as_it_was_and_holds_up_no_other(
    world: World,
) -> None:
    llm = await an_llm(world, "nobody-s")
    webhook = await a_webhook(world, world.addresses.webhooks("calcom", world.company))
    await sweep(world)
    age(world)
    await world.calcom.fault("GET /v2/webhooks", "status", status=500)
    told = await sweep(world)
    assert (world.company, "calcom") in told.unread
    assert listed(world) == {f"llm:{llm}": "branch_unknown"}
    assert told.counts["llm"] >= 1
    assert [row["external_id"] for row in _seen(world, "webhook")] == [webhook]


async def test_the_count_is_of_what_people_see(world: World) -> None:
    before = (await sweep(world)).counts["llm"]
    await an_llm(world, "nobody-s")
    assert (await sweep(world)).counts["llm"] == before
    age(world)
    assert (await sweep(world)).counts["llm"] == before + 1


def _deletion(world: World) -> dict[str, object]:
    return {"company_id": world.company, "branch_id": "schwabing", "version": 2}


def _seen(world: World, kind: str) -> list[dict[str, object]]:
    query = "select * from provider_orphans where company_id = %s and kind = %s"
    return world.rows(query, world.company, kind)
