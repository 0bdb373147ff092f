"""A check proves that a branch answers, or names what hinders it, in words for a shop owner."""

import secrets

import pytest

from tests.integration.provisioner.checking import (
    about,
    answering,
    branch_of,
    check,
    instant,
    number_of,
    rows_of,
)
from tests.integration.provisioner.harness import World

GREEN = {
    "key retell", "key calcom", "company", "number", "number agent", "number webhook", "agent", "version",
    "call reports", "functions", "service herrenhaarschnitt", "opening hours", "calendar webhook", "verdict",
}  # fmt: skip


async def test_a_branch_that_answers_is_proved_from_its_number_to_its_calendar(world: World) -> None:
    await answering(world)
    found = await check(world)
    assert {name: row["ok"] for name, row in found.items()} == dict.fromkeys(GREEN, True)
    assert next(iter(found)) == "key retell"
    assert list(found)[-1] == "verdict"
    assert found["verdict"]["found_de"] == "Alles in Ordnung: 13 von 13 Prüfungen."
    assert found["verdict"]["found_en"] == "All is well: 13 of 13 checks."
    assert "in der veröffentlichten Fassung" in found["number agent"]["found_de"]
    assert all(row["advice_de"] is row["advice_en"] is None for row in found.values())


async def test_a_check_changes_nothing_at_the_providers(world: World) -> None:
    await answering(world)
    before = await world.writes()
    await check(world)
    assert await world.writes() == before
    assert world.events() == ["branch.provisioned"]


async def test_a_branch_that_was_never_set_up_is_told_what_is_missing(world: World) -> None:
    world.execute("update companies set retell_api_key_encrypted = null where id = %s", world.company)
    with pytest.raises(Exception, match="has no Retell key"):
        await world.tell("branch.created", world.branch())
    found = await check(world)
    assert found["key retell"]["ok"] is False
    assert found["key retell"]["found_de"] == "Für Retell ist kein Schlüssel eingetragen."
    assert found["agent"]["ok"] is None
    assert "solange Retell den Schlüssel nicht annimmt" in found["agent"]["found_de"]
    assert found["number"]["found_de"] == "Die Filiale hat keine Rufnummer: Niemand kann anrufen."
    assert found["verdict"]["ok"] is False


@pytest.mark.parametrize(
    ("column", "name"), [("retell_api_key", "key retell"), ("calcom_api_key", "key calcom")]
)
async def test_a_key_that_is_no_longer_accepted_is_found(world: World, column: str, name: str) -> None:
    await answering(world)
    sealed = world.vault.seal("key_that_nobody_knows")
    world.execute(f"update companies set {column}_encrypted = %s where id = %s", sealed, world.company)  # noqa: S608
    found = await check(world)
    assert found[name]["ok"] is False
    assert "nimmt den Schlüssel nicht an" in found[name]["found_de"]
    assert "einen neuen Schlüssel" in found[name]["advice_de"]
    assert found["verdict"]["ok"] is False


async def test_a_provider_that_does_not_answer_is_no_fault_of_the_branch(world: World) -> None:
    await answering(world)
    await world.retell.fault("*", "status", status=503, times=1000)
    found = await check(world)
    assert found["key retell"]["found_en"] == "Retell has not answered."
    assert {row["ok"] for name, row in found.items() if "number" in name or name == "agent"} == {None}
    assert found["calendar webhook"]["ok"] is True
    assert found["verdict"]["ok"] is None
    assert "waren nicht möglich" in found["verdict"]["found_de"]


async def test_a_number_that_rings_elsewhere_is_found(world: World) -> None:
    await answering(world)
    path = f"/update-phone-number/{number_of(world).replace('+', '%2B')}"
    await world.ask_retell("PATCH", path, {"inbound_agents": None, "inbound_webhook_url": None})
    found = await check(world)
    assert found["number"]["ok"] is True
    assert found["number agent"]["found_de"] == f"{number_of(world)} klingelt bei niemandem."
    assert found["number webhook"]["ok"] is False
    assert found["number agent"]["advice_de"] == "Richten Sie die Filiale erneut ein."
    assert "2 von 13" in found["verdict"]["found_de"]


async def test_a_number_that_answers_with_a_draft_is_found(world: World) -> None:
    await answering(world)
    path = f"/update-phone-number/{number_of(world).replace('+', '%2B')}"
    draft = [{"agent_id": world.provisioning()["agent_id"], "weight": 1, "agent_version": "latest"}]
    await world.ask_retell("PATCH", path, {"inbound_agents": draft})
    found = await check(world)
    assert "unveröffentlichten Fassung" in found["number agent"]["found_de"]


async def test_a_number_that_left_retell_is_found(world: World) -> None:
    await answering(world)
    await world.ask_retell("DELETE", f"/delete-phone-number/{number_of(world).replace('+', '%2B')}")
    found = await check(world)
    assert found["number"]["found_de"] == f"Retell kennt {number_of(world)} nicht."
    assert "number agent" not in found


async def test_an_agent_that_was_deleted_is_found(world: World) -> None:
    await answering(world)
    await world.ask_retell("DELETE", f"/delete-agent/{world.provisioning()['agent_id']}")
    found = await check(world)
    assert found["agent"]["ok"] is False
    assert found["functions"]["ok"] is None
    assert found["number agent"]["ok"] is False


async def test_a_version_that_is_not_published_is_found(world: World) -> None:
    await answering(world)
    await world.retell.configure(test_seconds=600)
    await world.tell("branch.updated", branch_of(world, version=2, name="Salon Neu"))
    found = await check(world)
    assert "ältere Fassung" in found["version"]["found_de"]
    assert found["agent"]["ok"] is True


async def test_functions_that_lead_elsewhere_are_found(world: World) -> None:
    await answering(world)
    agent = await world.ask_retell(
        "POST", f"/create-agent-version/{world.provisioning()['agent_id']}", {"base_version": 0}
    )
    engine = agent["response_engine"]
    path = f"/get-retell-llm/{engine['llm_id']}?version={engine['version']}"
    tools = (await world.ask_retell("GET", path))["general_tools"]
    elsewhere = [
        tool | {"url": "https://elsewhere.example.org"} if tool["name"] == "book_appointment" else tool
        for tool in tools
        if tool["name"] != "record_consent"
    ]
    change = f"/update-retell-llm/{engine['llm_id']}?version={engine['version']}"
    await world.ask_retell("PATCH", change, {"general_tools": elsewhere})
    publish = f"/publish-agent-version/{agent['agent_id']}"
    await world.ask_retell("POST", publish, {"version": agent["version"]})
    found = await check(world)
    assert found["functions"]["found_en"].endswith(": book_appointment, record_consent.")
    assert found["version"]["ok"] is False


@pytest.mark.parametrize(
    ("changes", "ok", "words"),
    [
        ("bookable = 'no', reason_de = 'Niemand ist zugeteilt.', reason_en = 'Nobody.'", False, "Niemand"),
        ("gone_at = now()", False, "einer Terminart"),
        ("bookable = 'placeholder'", True, None),
    ],
)
async def test_each_service_is_found_bookable_or_not_and_why(
    world: World, changes: str, ok: bool, words: str | None
) -> None:
    await answering(world)
    world.execute(
        f"update calcom_event_types set {changes} where company_id = %s and id = 8",  # noqa: S608  # our words
        world.company,
    )
    row = (await check(world))["service herrenhaarschnitt"]
    assert row["ok"] is ok
    assert (words or "") in (row["advice_de"] or "")


async def test_hours_that_cal_com_offers_beyond_ours_are_told_with_the_service(world: World) -> None:
    await answering(world)
    world.execute(
        "update calcom_event_types set warnings = jsonb_build_array("
        """'{"branch_id": "schwabing", "de": "Mo 06:00", "en": "Mon 06:00"}'::jsonb, """
        """'{"branch_id": "other", "de": "Di 06:00", "en": "Tue 06:00"}'::jsonb) """
        "where company_id = %s and id = 7",
        world.company,
    )
    row = (await check(world))["service herrenhaarschnitt"]
    assert (row["ok"], row["advice_de"], row["advice_en"]) == (True, "Mo 06:00", "Mon 06:00")


async def test_services_are_not_judged_before_the_catalogue_was_read(world: World) -> None:
    await answering(world)
    world.execute("delete from calcom_event_types where company_id = %s", world.company)
    row = (await check(world))["service herrenhaarschnitt"]
    assert row["ok"] is None
    assert "noch nicht gelesen" in row["found_de"]


async def test_what_was_never_entered_is_found(world: World) -> None:
    await world.tell("branch.created", branch_of(world, opening_hours={}, services=["Färben"]))
    found = await check(world)
    assert found["opening hours"]["ok"] is False
    assert "mit keiner Terminart" in found["service faerben"]["found_de"]
    await world.tell("branch.updated", branch_of(world, version=2, services=[]))
    assert (await check(world))["services"]["ok"] is False


async def test_a_company_that_has_not_paid_is_found(world: World) -> None:
    await answering(world)
    world.execute("update companies set status = 'suspended' where id = %s", world.company)
    await world.tell("branch.refresh_requested", about(world) | {"reason": "t", "requested_at": instant()})
    found = await check(world)
    assert "ausgesetzt" in found["company"]["found_de"]
    assert found["version"]["ok"] is True
    assert "functions" not in found


async def test_a_company_without_papers_is_told_which(world: World) -> None:
    await answering(world)
    world.execute("update companies set kind = 'medical' where id = %s", world.company)
    found = await check(world)
    assert "Vertrag zur Auftragsverarbeitung, Verpflichtung" in found["company"]["found_de"]
    assert "data-processing agreement, secrecy undertaking" in found["company"]["found_en"]


async def test_a_calendar_that_no_longer_reports_is_found(world: World) -> None:
    await answering(world)
    webhook_id = world.provisioning()["calcom_webhook_id"]
    await world.calcom.alter_webhook(webhook_id, active=False)
    assert "inactive" in (await check(world))["calendar webhook"]["found_en"]
    await world.calcom.delete_webhook(webhook_id)
    assert (await check(world))["calendar webhook"]["found_de"].endswith("nicht hierher.")


async def test_the_same_wish_twice_leaves_the_same_rows(world: World) -> None:
    await answering(world)
    run = secrets.token_hex(4)
    first = await check(world, run=run)
    second = await check(world, run=run)
    assert list(first) == list(second)


async def test_runs_of_yesterday_are_forgotten(world: World) -> None:
    await answering(world)
    old, recent = secrets.token_hex(4), secrets.token_hex(4)
    await check(world, run=old)
    await check(world, run=recent)
    world.execute("update branch_checks set checked_at = now() - interval '2 days' where run_id = %s", old)
    await check(world)
    assert rows_of(world, old) == {}
    assert rows_of(world, recent) != {}


async def test_a_branch_that_is_gone_is_not_looked_at(world: World) -> None:
    await answering(world)
    await world.tell("branch.deleted", about(world) | {"version": 2})
    assert await check(world) == {}
