"""A branch becomes an agent once, however often and wherever the work was interrupted."""

import asyncio
from typing import Any

import pytest

from shared.errors import NotFoundError, PermanentError, TransientError
from tests.integration.provisioner.harness import World
from tests.support import eventually

NUMBER = "+498912345678"
TRUNK = {"phone_number": NUMBER, "termination_uri": "askpro.pstn.example.com"}
CREATES = (
    "POST /create-retell-llm",
    "POST /create-agent",
    "POST /import-phone-number",
    "POST /v2/webhooks",
)
#: Every request of a set-up that changes something, in its order.
CHANGES = (
    "POST /create-retell-llm",
    "POST /create-agent",
    "PATCH /update-retell-llm/{id}",
    "PATCH /update-agent/{id}",
    "POST /publish-agent-version/{id}",
    "POST /import-phone-number",
    "POST /v2/webhooks",
)


async def test_a_branch_gets_an_llm_an_agent_a_number_and_a_webhook(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    row, made = world.provisioning(), await world.made()
    agent = await world.ask_retell("GET", f"/get-agent/{row['agent_id']}?version=latest_published")
    assert agent["agent_name"] == f"askpro/{world.company}/schwabing"
    assert agent["voice_id"] == "11labs-Carola"
    assert agent["response_engine"]["llm_id"] == row["llm_id"] == made["llms"][0]["llm_id"]
    assert made["numbers"][0]["inbound_agents"] == [
        {"agent_id": row["agent_id"], "weight": 1, "agent_version": "latest_published"}
    ]
    assert made["numbers"][0]["inbound_webhook_url"].endswith(f"/calls/inbound/{world.company}")
    assert made["webhooks"][0]["id"] == row["calcom_webhook_id"]
    assert world.events() == ["branch.provisioned"]
    assert world.status() == "provisioned"
    assert set(world.steps().values()) == {("done", 1)}


async def test_the_rows_of_a_branch_are_those_of_its_newest_version(world: World) -> None:
    await world.tell("branch.created", world.branch())
    tables = ("opening_hours", "services", "service_aliases", "staff", "service_staff_event_types")
    counts = {name: len(_of(world, name)) for name in (*tables, "special_days")}
    assert counts == {"opening_hours": 2} | dict.fromkeys((*tables[1:], "special_days"), 1)
    await world.tell("branch.updated", world.branch(version=3, services=["Färben", "Waschen"], staff=[]))
    await world.tell("branch.updated", world.branch(version=2, name="Too late"))
    assert [row["key"] for row in _of(world, "services")] == ["faerben", "waschen"]
    assert _of(world, "staff") == []
    assert _of(world, "branches")[0]["name"] == "Salon Schön"


async def test_the_webhook_s_secret_is_ours_and_kept_sealed(world: World) -> None:
    await world.tell("branch.created", world.branch())
    sealed = _of(world, "companies", key="id")[0]["calcom_webhook_secret_encrypted"]
    webhook = (await world.made())["webhooks"][0]
    assert webhook["secret"] == world.vault.open(bytes(sealed))
    assert webhook["subscriberUrl"].endswith(f"/webhooks/calcom/{world.company}")
    assert "BOOKING_CREATED" in webhook["triggers"]


async def test_the_same_event_twice_makes_everything_once(world: World) -> None:
    for _ in range(2):
        await world.tell("branch.created", world.branch())
    assert await world.counts() == (1, 1, 1)
    assert world.events() == ["branch.provisioned"]


async def test_two_copies_at_once_make_everything_once(world: World) -> None:
    data = world.branch()
    results = await asyncio.gather(
        *(world.tell("branch.created", data) for _ in range(4)), return_exceptions=True
    )
    assert all(result is None or isinstance(result, TransientError) for result in results)
    await world.tell("branch.created", data)
    assert await world.counts() == (1, 1, 1)
    assert world.events() == ["branch.provisioned"]


@pytest.mark.parametrize("route", CHANGES)
async def test_a_lost_answer_leaves_no_second_of_anything(world: World, route: str) -> None:
    control = world.calcom if "/v2/" in route else world.retell
    await control.fault(route, "lost_answer", times=1)
    await _until_provisioned(world, world.branch(**_number(world)))
    assert await world.counts() == (1, 1, 1)
    assert world.events() == ["branch.provisioned"]


@pytest.mark.parametrize("route", CHANGES)
async def test_work_that_was_cut_off_before_a_step_resumes_there(world: World, route: str) -> None:
    control = world.calcom if "/v2/" in route else world.retell
    data = world.branch(**_number(world))
    await control.fault(route, "latency", seconds=60, times=1)
    task = asyncio.create_task(world.telling("branch.created", data))
    await eventually(lambda: _used(control), of="the request")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await world.tell("branch.created", data)
    asked = await world.writes()
    assert {each: asked.count(each) for each in CREATES} == {each: 1 + (each == route) for each in CREATES}
    assert await world.counts() == (1, 1, 1)
    assert world.events() == ["branch.provisioned"]


async def test_a_worker_that_died_holds_the_branch_only_until_its_lease_ends(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.execute(
        "update provisionings set lease_owner = 'dead', lease_until = now() + interval '1 second' "
        "where company_id = %s",
        world.company,
    )
    with pytest.raises(TransientError, match="another worker"):
        await world.tell("branch.updated", world.branch(version=2, name="Salon Neu"))
    await eventually(lambda: _told(world, world.branch(version=2, name="Salon Neu")), of="the lease's end")
    assert world.provisioning()["reached_version"] == 2


async def test_a_lease_is_renewed_while_a_step_takes_long(world: World) -> None:
    await world.retell.fault("POST /create-agent", "latency", seconds=3.0, times=1)
    task = asyncio.create_task(world.telling("branch.created", world.branch(), lease_seconds=1.0))
    await eventually(lambda: _used(world.retell), of="the request")
    first = world.provisioning()["lease_until"]

    async def outlived() -> bool:
        return bool(world.rows("select now() > %s as yes", first)[0]["yes"])

    await eventually(outlived, of="the end of the first lease")
    with pytest.raises(TransientError, match="another worker"):
        await world.tell("branch.created", world.branch())
    await task
    assert await world.counts() == (1, 1, 1)


async def test_a_worker_that_lost_its_lease_saves_nothing(world: World) -> None:
    await world.retell.fault("POST /create-agent", "latency", seconds=1.0, times=1)
    task = asyncio.create_task(world.telling("branch.created", world.branch()))
    await eventually(lambda: _used(world.retell), of="the request")
    world.execute("update provisionings set lease_owner = 'other' where company_id = %s", world.company)
    with pytest.raises(TransientError, match="taken over"):
        await task
    assert world.provisioning()["agent_id"] is None
    assert world.provisioning()["lease_owner"] == "other"


async def test_an_update_that_changes_nothing_sends_nothing(world: World) -> None:
    await world.tell("branch.created", world.branch())
    before = len(await world.retell.requests()), len(await world.calcom.requests())
    await world.tell("branch.updated", world.branch(version=2))
    assert (len(await world.retell.requests()), len(await world.calcom.requests())) == before
    assert world.provisioning()["reached_version"] == 2
    assert world.events() == ["branch.provisioned"] * 2


async def test_an_update_is_published_as_a_new_version_of_the_same_agent(world: World) -> None:
    await world.tell("branch.created", world.branch())
    first = world.provisioning()
    await world.tell("branch.updated", world.branch(version=2, name="Salon Neu"))
    second = world.provisioning()
    assert (second["llm_id"], second["agent_id"]) == (first["llm_id"], first["agent_id"])
    assert second["agent_version"] == first["agent_version"] + 1
    agent = await world.ask_retell("GET", f"/get-agent/{second['agent_id']}?version=latest_published")
    version = agent["response_engine"]["version"]
    llm = await world.ask_retell("GET", f"/get-retell-llm/{second['llm_id']}?version={version}")
    assert agent["version"] == second["agent_version"]
    assert "Salon Neu" in llm["begin_message"]


@pytest.mark.parametrize("deleted", [("agent",), ("llm",), ("agent", "llm")])
async def test_what_was_deleted_by_hand_is_made_again_with_the_next_change(
    world: World, deleted: tuple[str, ...]
) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    gone = world.provisioning()
    paths = {
        "agent": f"/delete-agent/{gone['agent_id']}",
        "llm": f"/delete-retell-llm/{gone['llm_id']}?force_delete=true",
    }
    for name in deleted:
        await world.ask_retell("DELETE", paths[name])
    await world.tell("branch.updated", world.branch(version=2, name="Salon Neu", **_number(world)))
    now, made = world.provisioning(), await world.made()
    assert await world.counts() == (1, 1, 1)
    assert now["agent_id"] != gone["agent_id"]
    assert made["llms"][0]["begin_message"].startswith("Guten Tag, Salon Neu")
    assert _bound(made) == now["agent_id"]


async def test_a_retry_mends_what_was_changed_by_hand_and_publishes_nothing_new(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    before = world.provisioning()
    number = _number(world)["phone_number"].replace("+", "%2B")
    await world.ask_retell("PATCH", f"/update-phone-number/{number}", {"inbound_agents": None})
    world.execute("update provisionings set content_hash = null where company_id = %s", world.company)
    await world.tell("branch.updated", world.branch(version=2, **_number(world)))
    assert _bound(await world.made()) == before["agent_id"]
    assert world.provisioning()["agent_version"] == before["agent_version"]


async def test_a_new_number_is_bound_and_the_old_one_released(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    new = _number(world, 2)
    await world.tell("branch.updated", world.branch(version=2, **new))
    bound = {each["phone_number"]: each["inbound_agents"] for each in (await world.made())["numbers"]}
    assert not bound[_number(world)["phone_number"]]
    assert bound[new["phone_number"]][0]["agent_id"] == world.provisioning()["agent_id"]
    assert [row["number"] for row in _of(world, "phone_numbers")] == [new["phone_number"]]


async def test_a_number_that_retell_does_not_have_is_refused_with_what_to_do(world: World) -> None:
    with pytest.raises(PermanentError, match="Import the number at Retell"):
        await world.tell("branch.created", world.branch(phone_number=_number(world)["phone_number"]))
    assert world.events() == ["branch.provisioning_failed"]
    assert world.status() == world.provisioning()["state"] == "failed"
    assert world.steps()["number"] == ("failed", 1)
    assert world.steps()["version"] == ("done", 1)


async def test_a_failed_branch_goes_on_where_it_stopped_with_the_next_version(world: World) -> None:
    with pytest.raises(PermanentError):
        await world.tell("branch.created", world.branch(phone_number=_number(world)["phone_number"]))
    await world.tell("branch.updated", world.branch(version=2, **_number(world)))
    assert await world.counts() == (1, 1, 1)
    assert world.status() == "provisioned"
    assert (await world.writes()).count("POST /create-agent") == 1


async def test_a_number_of_another_branch_stays_there(world: World) -> None:
    await world.tell("branch.created", world.branch("first", **_number(world)))
    with pytest.raises(PermanentError, match="answers branch first already"):
        await world.tell("branch.created", world.branch("second", **_number(world)))
    assert world.provisioning("first")["agent_id"] == _bound(await world.made())


async def test_a_company_without_a_key_is_told_how_to_enter_it(world: World) -> None:
    world.execute("update companies set retell_api_key_encrypted = null where id = %s", world.company)
    with pytest.raises(PermanentError, match="has no Retell key: enter it with `askpro companies update"):
        await world.tell("branch.created", world.branch())
    assert world.events() == ["branch.provisioning_failed"]
    assert await world.writes() == []


async def test_a_branch_of_an_unknown_company_is_refused(world: World) -> None:
    with pytest.raises(PermanentError, match="is not known"):
        await world.tell("branch.created", world.branch(company_id="nobody"))


async def test_a_key_that_retell_refuses_parks_the_delivery_and_does_not_fail_the_branch(
    world: World,
) -> None:
    await world.retell.fault("GET /v2/list-retell-llms", "status", status=401, times=1)
    with pytest.raises(PermanentError, match="401"):
        await world.tell("branch.created", world.branch())
    assert world.status() == "provisioning"
    assert world.steps()["llm"] == ("waiting", 1)
    assert world.events() == []


async def test_a_producer_that_does_not_count_versions_gets_the_time_of_its_event(world: World) -> None:
    data = world.branch()
    del data["version"]
    await world.tell("branch.created", data)
    assert world.provisioning()["reached_version"] > 1_700_000_000_000


async def test_names_with_characters_that_no_database_holds_are_kept_readable(world: World) -> None:
    await world.tell("branch.created", world.branch(name="Salon\x00 \ud83d"))
    assert _of(world, "branches")[0]["name"] == "Salon\ufffd \ufffd"


async def test_deleting_gives_everything_back(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    agent_id = world.provisioning()["agent_id"]
    await world.tell("branch.deleted", _deletion(world))
    made = await world.made()
    assert await world.counts() == (0, 0, 0)
    assert not made["numbers"][0]["inbound_agents"]
    assert world.events() == ["branch.provisioned", "branch.deprovisioned"]
    assert world.status() == "deleted"
    assert _of(world, "services") == _of(world, "phone_numbers") == []
    with pytest.raises(NotFoundError):
        await world.providers.retell(world.company, world.retell_key).get_agent(agent_id)


async def test_the_webhook_goes_with_the_company_s_last_branch_only(world: World) -> None:
    await world.tell("branch.created", world.branch("first"))
    await world.tell("branch.created", world.branch("second"))
    assert await world.counts() == (2, 2, 1)
    await world.tell("branch.deleted", _deletion(world, "first"))
    assert await world.counts() == (1, 1, 1)
    await world.tell("branch.deleted", _deletion(world, "second"))
    assert await world.counts() == (0, 0, 0)


async def test_two_branches_at_once_share_one_webhook_and_its_secret(world: World) -> None:
    await asyncio.gather(*(world.tell("branch.created", world.branch(name)) for name in ("first", "second")))
    ids = {world.provisioning(name)["calcom_webhook_id"] for name in ("first", "second")}
    assert ids == {(await world.made())["webhooks"][0]["id"]}
    assert await world.counts() == (2, 2, 1)


async def test_a_branch_entered_while_the_last_one_goes_keeps_its_webhook(world: World) -> None:
    await world.tell("branch.created", world.branch("first"))
    await world.calcom.fault("DELETE /v2/webhooks/{id}", "latency", seconds=2.0, times=1)
    going = asyncio.create_task(world.telling("branch.deleted", _deletion(world, "first")))
    await eventually(lambda: _used(world.calcom), of="the request")
    await world.tell("branch.created", world.branch("second"))
    await going
    assert await world.counts() == (1, 1, 1)


async def test_a_replaced_secret_is_told_to_cal_com_with_the_next_retry(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.execute(
        "update companies set calcom_webhook_secret_encrypted = %s where id = %s",
        world.vault.seal("a new secret"),
        world.company,
    )
    await world.tell("branch.updated", world.branch(version=2))
    made = await world.made()
    assert [webhook["secret"] for webhook in made["webhooks"]] == ["a new secret"]


async def test_a_late_update_does_not_bring_a_deleted_branch_back(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.tell("branch.deleted", _deletion(world, version=3))
    await world.tell("branch.updated", world.branch(version=2, name="Too late"))
    assert await world.counts() == (0, 0, 0)
    assert world.status() == "deleted"


async def test_a_deletion_that_overtakes_the_creation_stands(world: World) -> None:
    await world.tell("branch.deleted", _deletion(world, version=2))
    await world.tell("branch.created", world.branch(version=1))
    assert world.status() == "deleted"
    assert await world.counts() == (0, 0, 0)


async def test_a_deletion_at_an_unknown_company_changes_nothing(world: World) -> None:
    await world.tell("branch.deleted", _deletion(world) | {"company_id": "nobody"})
    assert not world.rows("select 1 from branches where company_id = 'nobody'")


async def test_a_deletion_that_was_cut_off_is_finished(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.retell.fault("DELETE /delete-agent/{id}", "lost_answer", times=1)
    await world.retell.fault("DELETE /delete-retell-llm/{id}", "status", status=503, times=3)
    with pytest.raises(TransientError):
        await world.tell("branch.deleted", _deletion(world))
    await world.tell("branch.deleted", _deletion(world))
    assert await world.counts() == (0, 0, 0)
    assert world.events() == ["branch.provisioned", "branch.deprovisioned"]


async def test_a_branch_that_was_deleted_before_it_was_ever_set_up_is_settled(world: World) -> None:
    await world.tell("branch.deleted", _deletion(world))
    assert world.events() == []


def _number(world: World, place: int = 1) -> dict[str, Any]:
    """A number that no other test has: numbers are the platform's, not a workspace's."""
    digits = int(world.company[-8:], 16) % 10_000_000
    return TRUNK | {"phone_number": f"+4989{place}{digits:07d}"}


def _deletion(world: World, branch_id: str = "schwabing", version: int = 2) -> dict[str, Any]:
    return {"company_id": world.company, "branch_id": branch_id, "version": version}


def _of(world: World, table: str, key: str = "company_id") -> list[dict[str, Any]]:
    order = {"services": "position"}.get(table, key)
    statement = f"select * from {table} where {key} = %s order by {order}"  # noqa: S608  # our own tables
    return world.rows(statement, world.company)


def _bound(made: dict[str, Any]) -> str:
    return str(made["numbers"][0]["inbound_agents"][0]["agent_id"])


async def _used(control: Any) -> bool:
    """The fault that was due once has struck: its request is being held up now."""
    return all(fault.get("times") == 0 for fault in await control.faults())


async def _told(world: World, data: dict[str, Any]) -> bool:
    try:
        await world.tell("branch.updated", data)
    except TransientError:
        return False
    return True


async def _until_provisioned(world: World, data: dict[str, Any]) -> None:
    async def provisioned() -> bool:
        try:
            await world.tell("branch.created", data)
        except TransientError:
            return False
        return True

    await eventually(provisioned, of="the provisioning")
