"""A version holds its ten simulated conversations before callers hear it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.provisioner.handlers import Rehearsal
from shared.contracts.envelope import now
from shared.errors import PermanentError, TransientError
from tests.integration.provisioner.harness import World
from tests.support import eventually

NEW = {"version": 2, "name": "Salon Neu"}


async def test_a_version_is_published_after_its_ten_conversations(world: World) -> None:
    await world.tell("branch.created", world.branch())
    asked = await world.writes()
    assert asked.count("POST /create-test-case-definition") == 10
    assert asked.count("POST /create-batch-test") == 1
    published = next(place for place, each in enumerate(asked) if "publish" in each)
    assert asked.index("POST /create-batch-test") < published
    assert world.steps()["conversations"] == ("done", 1)
    assert world.status() == "provisioned"


async def test_it_is_the_draft_that_holds_them(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.tell("branch.updated", world.branch(**NEW))
    agent_id = world.provisioning()["agent_id"]
    agent = await world.ask_retell("GET", f"/get-agent/{agent_id}?version=latest_published")
    assert [case["response_engine"] for case in await _cases(world)] == [agent["response_engine"]] * 10


async def test_their_definitions_are_changed_in_place_and_never_pile_up(world: World) -> None:
    await world.tell("branch.created", world.branch())
    first = await _cases(world)
    assert [case["name"] for case in first] == [_label(world, number) for number in range(1, 11)]
    await world.tell("branch.updated", world.branch(version=2, services=["Färben"]))
    second = await _cases(world)
    assert _ids(second) == _ids(first)
    assert "Färben" in second[0]["user_prompt"]


async def test_a_second_definition_of_one_name_goes_and_a_person_s_own_stays(world: World) -> None:
    await world.tell("branch.created", world.branch())
    engine = {"type": "retell-llm", "llm_id": world.provisioning()["llm_id"]}
    said = {"response_engine": engine, "user_prompt": "Hallo", "metrics": []}
    for name in (_label(world, 3), _label(world, 11), "by hand"):
        await world.ask_retell("POST", "/create-test-case-definition", {"name": name, **said})
    await world.tell("branch.updated", world.branch(**NEW))
    names = sorted(case["name"] for case in await _cases(world))
    assert names == sorted([*(_label(world, number) for number in range(1, 11)), "by hand"])


async def test_what_passed_is_not_asked_again_while_the_llm_is_the_same(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.tell("branch.updated", world.branch(version=2, voice_id="11labs-Adrian"))
    assert world.provisioning()["agent_version"] == 1
    assert (await world.writes()).count("POST /create-batch-test") == 1


async def test_while_they_are_held_the_version_before_answers_and_nothing_is_tried_in_vain(
    world: World,
) -> None:
    await world.tell("branch.created", world.branch())
    await world.retell.configure(test_seconds=60)
    world.rehearsal = Rehearsal(poll=7.0)
    await world.tell("branch.updated", world.branch(**NEW))
    assert world.status() == world.provisioning()["state"] == "testing"
    assert world.steps()["conversations"] == ("testing", 1)
    assert world.provisioning()["reached_version"] == 1
    assert "Salon Schön" in await _heard(world)
    [look] = _looks(world)
    assert look["state"] == "redelivery"
    assert 5 < look["seconds"] <= 7
    assert look["attempt"] == 0
    assert world.events() == ["branch.provisioned"]


async def test_a_look_while_they_are_held_costs_one_request_and_leaves_the_draft_alone(
    world: World,
) -> None:
    await world.retell.configure(test_seconds=60)
    await world.tell("branch.created", world.branch())
    before = await _requests(world)
    await _refresh(world)
    [asked] = (await _requests(world))[len(before) :]
    assert asked.startswith("GET /get-batch-test/")
    assert len(_looks(world)) == 2


async def test_the_version_is_published_when_they_have_ended_well(world: World) -> None:
    await world.retell.configure(test_seconds=60)
    await world.tell("branch.created", world.branch())
    await world.retell.configure(test_seconds=0)
    await _refresh(world)
    assert world.status() == "provisioned"
    assert world.events() == ["branch.provisioned"]
    assert (await world.writes()).count("POST /create-batch-test") == 1
    before = await _requests(world)
    await _refresh(world)
    assert await _requests(world) == before


async def test_what_goes_wrong_in_one_is_not_published_and_says_what_to_do(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.retell.decide_tests("fail", _label(world, 2), "It promised a time that was gone.")
    await world.retell.decide_tests("error", _label(world, 7))
    with pytest.raises(PermanentError, match="2 of 10 simulated conversations went wrong"):
        await world.tell("branch.updated", world.branch(**NEW))
    assert world.status() == world.provisioning()["state"] == "failed"
    assert "Salon Schön" in await _heard(world)
    [row] = world.rows(
        "select state, error from provisioning_steps where company_id = %s and step = 'conversations'",
        world.company,
    )
    assert row["state"] == "failed"
    assert "taken (It promised a time that was gone.); person (Decided by control.)" in row["error"]
    assert f"askpro branches retry schwabing --company {world.company}" in row["error"]
    assert world.events() == ["branch.provisioned", "branch.provisioning_failed"]


@pytest.mark.parametrize("step", [None, "conversations"])
async def test_a_refresh_or_a_retry_holds_them_again(world: World, step: str | None) -> None:
    await world.retell.decide_tests("fail", _label(world, 2))
    with pytest.raises(PermanentError):
        await world.tell("branch.created", world.branch())
    await world.retell.decide_tests("pass", _label(world, 2))
    await _refresh(world, step)
    assert (await world.writes()).count("POST /create-batch-test") == 2
    assert world.status() == "provisioned"


async def test_a_person_may_have_them_held_once_more(world: World) -> None:
    await world.tell("branch.created", world.branch())
    version = world.provisioning()["agent_version"]
    await _refresh(world, "conversations")
    assert (await world.writes()).count("POST /create-batch-test") == 2
    assert world.provisioning()["agent_version"] == version
    assert world.status() == "provisioned"


async def test_a_newer_version_does_not_wait_for_the_run_of_an_older_one(world: World) -> None:
    await world.retell.configure(test_seconds=60)
    await world.tell("branch.created", world.branch())
    await world.retell.decide_tests("fail", _label(world, 1))
    await world.retell.configure(test_seconds=0)
    with pytest.raises(PermanentError, match="1 of 10"):
        await world.tell("branch.updated", world.branch(**NEW))
    assert (await world.writes()).count("POST /create-batch-test") == 2


async def test_a_run_that_never_ends_is_given_up(world: World) -> None:
    await world.retell.configure(test_seconds=100_000)
    await world.retell.set_time(datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(PermanentError, match="not ended the simulated conversations within 30 minutes"):
        await world.tell("branch.created", world.branch())
    assert world.status() == "failed"
    assert world.provisioning()["test_batch_id"] is None


@pytest.mark.parametrize(
    "route", ["POST /create-test-case-definition", "PUT /update-test-case-definition/{id}"]
)
async def test_a_lost_answer_leaves_no_second_definition(world: World, route: str) -> None:
    if route.startswith("PUT"):
        await world.tell("branch.created", world.branch())
    await world.retell.fault(route, "lost_answer", times=1)
    await _until_reached(world, world.branch(**NEW))
    assert len(await _cases(world)) == 10
    assert "Salon Neu" in await _heard(world)


async def test_a_worker_that_died_while_they_were_held_is_followed_by_one_that_finds_the_run(
    world: World,
) -> None:
    await world.retell.fault("GET /get-batch-test/{id}", "latency", seconds=60, times=1)
    task = asyncio.create_task(world.telling("branch.created", world.branch()))
    await eventually(lambda: _used(world), of="the request")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await world.tell("branch.created", world.branch())
    assert (await world.writes()).count("POST /create-batch-test") == 1
    assert world.status() == "provisioned"


async def test_a_run_that_retell_has_forgotten_is_begun_again(world: World) -> None:
    await world.retell.configure(test_seconds=60)
    await world.tell("branch.created", world.branch())
    await world.retell.configure(test_seconds=0)
    await world.retell.fault("GET /get-batch-test/{id}", "status", status=404, times=1)
    await _refresh(world)
    assert (await world.writes()).count("POST /create-batch-test") == 2
    await _refresh(world)
    assert world.status() == "provisioned"


async def test_without_the_switch_nothing_is_held(world: World) -> None:
    world.rehearsal = Rehearsal(required=False)
    await world.tell("branch.created", world.branch())
    assert not [each for each in await world.writes() if "test" in each]
    assert world.status() == "provisioned"


async def test_a_language_without_conversations_is_published_without(world: World) -> None:
    await world.tell("branch.created", world.branch(language="en-GB"))
    assert "conversations" not in world.steps()
    assert world.status() == "provisioned"


async def test_a_suspended_agent_holds_none_and_one_that_comes_back_has_passed_already(world: World) -> None:
    await world.tell("branch.created", world.branch())
    for status in ("suspended", "active"):
        world.execute("update companies set status = %s where id = %s", status, world.company)
        await _refresh(world)
    assert (await world.writes()).count("POST /create-batch-test") == 1
    assert world.status() == "provisioned"


async def test_a_deleted_branch_leaves_no_definition(world: World) -> None:
    await world.tell("branch.created", world.branch())
    llm_id = world.provisioning()["llm_id"]
    await world.tell("branch.deleted", {"company_id": world.company, "branch_id": "schwabing", "version": 2})
    assert await _cases(world, llm_id) == []
    assert world.provisioning()["tested_hash"] is None


async def test_an_llm_that_was_replaced_leaves_no_definition(world: World) -> None:
    await world.tell("branch.created", world.branch())
    gone = world.provisioning()["llm_id"]
    await world.ask_retell("DELETE", f"/delete-retell-llm/{gone}?force_delete=true")
    await world.tell("branch.updated", world.branch(**NEW))
    assert await _cases(world, gone) == []
    assert len(await _cases(world)) == 10


def _label(world: World, number: int) -> str:
    return f"askpro/{world.company}/schwabing/{number}"


async def _cases(world: World, llm_id: str | None = None) -> list[dict[str, Any]]:
    asked = llm_id or world.provisioning()["llm_id"]
    path = f"/v2/list-test-case-definitions?type=retell-llm&llm_id={asked}&limit=100&sort_order=ascending"
    return list((await world.ask_retell("GET", path))["items"])


def _ids(cases: list[dict[str, Any]]) -> set[str]:
    return {case["test_case_definition_id"] for case in cases}


async def _heard(world: World) -> str:
    """The first sentence that a caller hears now."""
    agent_id = world.provisioning()["agent_id"]
    agent = await world.ask_retell("GET", f"/get-agent/{agent_id}?version=latest_published")
    engine = agent["response_engine"]
    llm = await world.ask_retell("GET", f"/get-retell-llm/{engine['llm_id']}?version={engine['version']}")
    return str(llm["begin_message"])


async def _refresh(world: World, step: str | None = None) -> None:
    about = {"company_id": world.company, "branch_id": "schwabing"}
    wish = about | {"reason": "test", "step": step, "requested_at": now().isoformat()}
    await world.tell("branch.refresh_requested", wish)


def _looks(world: World) -> list[dict[str, Any]]:
    return world.rows(
        "select *, extract(epoch from due_at - now())::float as seconds from deliveries "
        "where queue = 'provisioner.branches' and event_type = 'branch.refresh_requested' "
        "and company_id = %s",
        world.company,
    )


async def _requests(world: World) -> list[str]:
    received = await world.retell.requests()
    return [f"{each['method']} {each['path']}" for each in received if each["key"] == world.retell_key]


async def _used(world: World) -> bool:
    return all(fault.get("times") == 0 for fault in await world.retell.faults())


async def _until_reached(world: World, data: dict[str, Any]) -> None:
    async def reached() -> bool:
        try:
            await world.tell("branch.updated", data)
        except TransientError:
            return False
        return True

    await eventually(reached, of="the provisioning")
