"""What surrounds a branch changes, its version stays: paid or not, ticked or not, one step once more."""

import asyncio
from collections import Counter
from datetime import date
from typing import Any

import pytest

from services.provisioner.handlers.refresh import RefreshOld
from services.provisioner.handlers.steps import CHECKS, SENDING
from services.provisioner.store import Branches
from shared.contracts.envelope import now
from shared.contracts.steps import SET_UP
from shared.errors import PermanentError
from tests.integration.provisioner.harness import World
from tests.support import eventually

SIGNED = "dpa_signed_on = '2026-11-01', secrecy_signed_on = '2026-11-02'"


async def test_a_suspended_company_s_agent_says_so_and_does_nothing_else(world: World) -> None:
    await world.tell("branch.created", world.branch())
    before = world.provisioning()
    await _suspend(world)
    llm, agent = await _published(world)
    assert "zurzeit nicht verfügbar" in llm["begin_message"]
    assert "KI-Assistentin" in llm["begin_message"]
    assert [tool["name"] for tool in llm["general_tools"]] == ["end_call"]
    assert agent["max_call_duration_ms"] == 60_000
    after = world.provisioning()
    assert (after["agent_id"], after["llm_id"]) == (before["agent_id"], before["llm_id"])
    assert world.status() == "suspended"


async def test_a_company_that_has_paid_is_answered_as_before(world: World) -> None:
    await world.tell("branch.created", world.branch())
    live = await _published(world)
    await _suspend(world)
    await _resume(world)
    assert _content(await _published(world)) == _content(live)
    assert world.status() == "provisioned"
    assert await world.counts() == (1, 1, 1)


async def test_a_company_that_records_with_consent_has_agents_that_record_and_ask_until_it_is_off(
    world: World,
) -> None:
    await world.tell("branch.created", world.branch())
    silent = await _published(world)
    _company(world, "recording = 'consent'")
    await _refresh(world)
    llm, agent = await _published(world)
    assert agent["data_storage_setting"] == "everything"
    assert "{{aufnahme_hinweis}}" in llm["begin_message"]
    assert "Darf ich das Gespräch aufzeichnen?" in llm["general_prompt"]
    _company(world, "recording = 'off'")
    await _refresh(world)
    assert _content(await _published(world)) == _content(silent)
    assert silent[1]["data_storage_setting"] == "basic_attributes_only"


async def test_a_refresh_that_finds_nothing_new_sends_nothing(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await _suspend(world)
    before = len(await world.retell.requests()), len(await world.calcom.requests())
    await _refresh(world)
    assert (len(await world.retell.requests()), len(await world.calcom.requests())) == before
    assert world.events() == ["branch.provisioned"]


@pytest.mark.parametrize(
    ("event_type", "moment"), [("company.suspended", "suspended_at"), ("catalogue.changed", "changed_at")]
)
async def test_what_happened_to_a_company_refreshes_each_of_its_branches_once(
    world: World, event_type: str, moment: str
) -> None:
    for name in ("first", "second", "gone"):
        await world.tell("branch.created", world.branch(name))
    await world.tell("branch.deleted", {"company_id": world.company, "branch_id": "gone", "version": 2})
    event = {"company_id": world.company, moment: now().isoformat()}
    for _ in range(2):
        await world.tell(event_type, event)
    assert len(_wishes(world)) == 2
    assert not any("gone" in wish for wish in _wishes(world))


async def test_a_changed_catalogue_reaches_what_the_agent_says_of_a_service(world: World) -> None:
    await world.tell("branch.created", world.branch())
    llm, _ = await _published(world)
    assert "Herrenhaarschnitt: 30 Minuten" in llm["general_prompt"]
    world.execute(
        "insert into calcom_event_types (company_id, id, title, slug, length_minutes, bookable) "
        "values (%s, 7, 'Schnitt', 'schnitt', 45, 'placeholder')",
        world.company,
    )
    await world.tell("catalogue.changed", {"company_id": world.company, "changed_at": now().isoformat()})
    await _refresh(world)
    llm, _ = await _published(world)
    assert "Herrenhaarschnitt: 45 Minuten" in llm["general_prompt"]
    assert world.provisioning()["reached_version"] == 1


async def test_an_agent_offers_no_appointment_for_what_nobody_can_book(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.execute(
        "insert into calcom_event_types (company_id, id, title, slug, length_minutes, bookable) "
        "select %s, id, 'Schnitt', 'schnitt', 45, 'no' from unnest(array[7, 8]) as id",
        world.company,
    )
    await _refresh(world)
    llm, _ = await _published(world)
    assert "Herrenhaarschnitt: 30 Minuten, nur mit Rückruf" in llm["general_prompt"]
    world.execute(
        "update calcom_event_types set bookable = 'yes' where company_id = %s and id = 8", world.company
    )
    await _refresh(world)
    llm, _ = await _published(world)
    assert "Herrenhaarschnitt: 45 Minuten" in llm["general_prompt"]
    assert "Rückruf“" not in llm["general_prompt"]


async def test_a_company_suspended_while_its_branch_changes_is_suspended_in_the_end(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.retell.fault("PATCH /update-agent/{id}", "latency", seconds=1.0, times=1)
    changing = asyncio.create_task(world.telling("branch.updated", world.branch(version=2, name="Salon Neu")))
    await eventually(lambda: _used(world), of="the request")
    world.execute("update companies set status = 'suspended' where id = %s", world.company)
    await changing
    await _refresh(world)
    llm, _ = await _published(world)
    assert "Salon Neu" in llm["begin_message"]
    assert "zurzeit nicht verfügbar" in llm["begin_message"]
    assert world.provisioning()["reached_version"] == 2


async def test_a_branch_entered_while_its_company_is_suspended_is_told_of_when_it_answers(
    world: World,
) -> None:
    world.execute("update companies set status = 'suspended' where id = %s", world.company)
    await world.tell("branch.created", world.branch())
    assert world.status() == "suspended"
    assert world.events() == []
    await _resume(world)
    assert world.events() == ["branch.provisioned"]


@pytest.mark.parametrize("ticked", ["", "dpa_signed_on = '2026-11-01'", "secrecy_signed_on = '2026-11-01'"])
async def test_a_medical_company_without_both_papers_is_blocked_and_nothing_is_sent(
    world: World, ticked: str
) -> None:
    _company(world, ", ".join(filter(None, ("kind = 'medical'", ticked))))
    await world.tell("branch.created", world.branch())
    assert await world.writes() == []
    assert world.status() == world.provisioning()["state"] == "blocked"
    assert world.steps()["compliance"] == ("blocked", 1)
    assert world.events() == []
    _company(world, SIGNED)
    await _refresh(world)
    assert world.status() == "provisioned"
    assert world.events() == ["branch.provisioned"]


async def test_a_blocked_branch_says_what_is_missing_and_what_to_do(world: World) -> None:
    _company(world, "kind = 'medical', dpa_signed_on = '2026-11-01'")
    await world.tell("branch.created", world.branch())
    [row] = world.rows(
        "select error from provisioning_steps where company_id = %s and step = 'compliance'", world.company
    )
    assert "before the secrecy undertaking" in row["error"]
    assert f"askpro companies update {world.company}" in row["error"]


async def test_a_medical_company_that_has_not_paid_needs_no_papers_to_say_so(world: World) -> None:
    _company(world, "kind = 'medical', status = 'suspended'")
    await world.tell("branch.created", world.branch())
    assert world.status() == "suspended"


async def test_a_retried_step_sends_its_own_requests_and_no_other(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    before = await _requests(world)
    await _refresh(world, step="number")
    sent = await _requests(world) - before
    number = _number(world)["phone_number"]
    assert set(sent) == {f"GET /get-phone-number/{number}", f"PATCH /update-phone-number/{number}"}
    steps = world.steps()
    assert steps.pop("number") == ("done", 2)
    assert steps.pop("credentials") == ("done", 2)
    assert set(steps.values()) == {("done", 1)}
    assert world.status() == "provisioned"


async def test_what_waited_for_a_failed_step_follows_when_it_is_retried(world: World) -> None:
    number = _number(world)
    with pytest.raises(PermanentError):
        await world.tell("branch.created", world.branch(phone_number=number["phone_number"]))
    await world.ask_retell("POST", "/import-phone-number", number)
    before = Counter(await world.writes())
    await _refresh(world, step="number")
    sent = Counter(await world.writes()) - before
    assert set(sent) == {f"PATCH /update-phone-number/{number['phone_number']}", "POST /v2/webhooks"}
    assert world.status() == "provisioned"
    assert world.events() == ["branch.provisioning_failed", "branch.provisioned"]


async def test_a_step_done_for_what_is_no_longer_wanted_is_not_done(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.execute("update companies set status = 'suspended' where id = %s", world.company)
    await _refresh(world, step="webhook")
    llm, _ = await _published(world)
    assert "zurzeit nicht verfügbar" in llm["begin_message"]


async def test_an_agent_deleted_by_hand_is_made_again_by_a_retry_of_its_step(world: World) -> None:
    await world.tell("branch.created", world.branch(**_number(world)))
    gone = world.provisioning()
    await world.ask_retell("DELETE", f"/delete-agent/{gone['agent_id']}")
    await _refresh(world, step="agent")
    row, made = world.provisioning(), await world.made()
    assert row["agent_id"] != gone["agent_id"]
    assert await world.counts() == (1, 1, 1)
    assert made["numbers"][0]["inbound_agents"][0]["agent_id"] == row["agent_id"]


async def test_each_branch_is_looked_at_once_in_each_quarter(world: World) -> None:
    open_daily = dict.fromkeys(("mo", "di", "mi", "do", "fr", "sa"), "09:00-18:00")
    world.today = date(2026, 9, 30)
    for name in ("first", "second", "failed"):
        await world.tell("branch.created", world.branch(name, opening_hours=open_daily))
    world.execute(
        "update provisionings set updated_at = '2026-09-30', "
        "state = case branch_id when 'failed' then 'failed' else state end where company_id = %s",
        world.company,
    )
    world.today = date(2026, 10, 1)
    refresh = RefreshOld(Branches(world.database), lambda: world.today)
    for _ in range(2):
        await refresh()
    assert len(_wishes(world)) == 2
    assert not any("failed" in wish for wish in _wishes(world))
    for name in ("first", "second"):
        await world.tell("branch.refresh_requested", _wish(world) | {"branch_id": name})
        assert (
            "25.12. Erster Weihnachtstag, 26.12. Zweiter Weihnachtstag, 2027: "
            in (await _published(world, name))[0]["general_prompt"]
        )
    world.execute("delete from outbox")
    await refresh()
    assert _wishes(world) == set()


async def test_a_deleted_branch_is_not_brought_back_by_a_refresh(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.tell("branch.deleted", {"company_id": world.company, "branch_id": "schwabing", "version": 2})
    await _refresh(world)
    assert await world.counts() == (0, 0, 0)
    assert world.status() == "deleted"


def test_the_steps_are_those_that_the_console_names() -> None:
    assert ("credentials", *(step.name for step in (*CHECKS, *SENDING))) == SET_UP


def _company(world: World, changes: str) -> None:
    world.execute(f"update companies set {changes} where id = %s", world.company)  # noqa: S608  # our words


def _wish(world: World, step: str | None = None) -> dict[str, Any]:
    at = now().isoformat()
    about = {"company_id": world.company, "branch_id": "schwabing"}
    return about | {"reason": "test", "step": step, "requested_at": at}


async def _refresh(world: World, step: str | None = None) -> None:
    await world.tell("branch.refresh_requested", _wish(world, step))


async def _suspend(world: World) -> None:
    _company(world, "status = 'suspended'")
    await _refresh(world)


async def _resume(world: World) -> None:
    _company(world, "status = 'active'")
    await _refresh(world)


def _wishes(world: World) -> set[str]:
    """Each wish once, however often it was sent."""
    found = world.rows(
        "select event_id from outbox where event_type = 'branch.refresh_requested' and event_id like %s",
        f"%{world.company}%",
    )
    return {row["event_id"] for row in found}


async def _published(world: World, branch_id: str = "schwabing") -> tuple[dict[str, Any], dict[str, Any]]:
    """LLM and agent as a caller hears them."""
    agent_id = world.provisioning(branch_id)["agent_id"]
    agent = await world.ask_retell("GET", f"/get-agent/{agent_id}?version=latest_published")
    engine = agent["response_engine"]
    llm = await world.ask_retell("GET", f"/get-retell-llm/{engine['llm_id']}?version={engine['version']}")
    return llm, agent


def _content(published: tuple[dict[str, Any], dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what each version has of its own."""
    own = {"version", "response_engine", "last_modification_timestamp", "version_title", "base_version"}
    return [{name: value for name, value in each.items() if name not in own} for each in published]


async def _requests(world: World) -> Counter[str]:
    received = [*await world.retell.requests(), *await world.calcom.requests()]
    ours = {world.retell_key, world.calcom_key}
    return Counter(f"{each['method']} {each['path']}" for each in received if each["key"] in ours)


def _number(world: World) -> dict[str, Any]:
    digits = int(world.company[-8:], 16) % 10_000_000
    return {"phone_number": f"+49895{digits:07d}", "termination_uri": "askpro.pstn.example.com"}


async def _used(world: World) -> bool:
    return all(fault.get("times") == 0 for fault in await world.retell.faults())
