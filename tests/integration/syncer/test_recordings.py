"""Where callers are asked for a recording no answer is a no, here as at Retell; a no may be found later."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import respx

from infra.simulators.control import RetellControl
from infra.simulators.runner import Simulators
from services.syncer.handlers import TightenCall
from services.syncer.providers import RetellRecords
from services.syncer.store.calls import Calls
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.contracts import names
from shared.contracts.envelope import now
from shared.contracts.events import RecordingRefused
from shared.db.credentials import Credentials
from shared.errors import PermanentError, ProviderRefusedError, TransientError
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.integration.syncer.conftest import ENCRYPTION_KEY
from tests.integration.syncer.telephone import ring, stay
from tests.integration.syncer.test_calls import ENDED, SAID, STAGES, answer, tell
from tests.integration.syncer.test_process import send, settled
from tests.processes import Process, running
from tests.support import eventually

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World

TIGHT = "basic_attributes_only"
RECORDED = {**SAID, "data_storage_setting": "everything"}


def of_our_agent(world: "World", agent_id: str = "agent-1") -> None:
    world.execute(
        "insert into provisionings (company_id, branch_id, target_version, agent_id)"
        " values (%s, 'mitte', 1, %s)",
        world.company,
        agent_id,
    )


def records(world: "World", recording: str = "consent") -> None:
    world.execute("update companies set recording = %s where id = %s", recording, world.company)


def refusals(world: "World") -> list[str]:
    return [event["told_by"] for _, event in world.events("recording.refused")]


def is_kept(world: "World") -> bool:
    row = world.call("c1")
    assert (row["transcript_state"] == "kept") == ("Erika" in str(row))
    return bool(row["transcript_state"] == "kept")


@pytest.mark.parametrize("order", list(itertools.permutations(STAGES)))
async def test_of_a_caller_who_did_not_answer_nothing_is_kept_whatever_comes_first(
    world: "World", order: tuple[str, ...]
) -> None:
    records(world)
    of_our_agent(world)
    for name in (*order, *order):
        await tell(world, name, **(RECORDED if name != "call_started" else {}))
    assert not is_kept(world)
    assert refusals(world) == ["silence"]
    assert "Erika" not in str(world.events("call.recorded"))
    assert world.rows("select allowed from consents where company_id = %s", world.company) == [
        {"allowed": False}
    ]


async def test_a_caller_who_said_yes_is_kept(world: "World") -> None:
    records(world)
    of_our_agent(world)
    answer(world, allowed=True)
    await tell(world, "call_ended", **RECORDED)
    await tell(world, "call_analyzed", **RECORDED)
    assert is_kept(world)
    assert refusals(world) == []


async def test_a_yes_that_comes_while_the_silence_is_noted_counts(world: "World") -> None:
    records(world)
    of_our_agent(world)
    insert = "insert into consents (company_id, call_id, kind, allowed) values (%s, 'c1', 'recording', true)"
    async with await psycopg.AsyncConnection.connect(world.url) as voice:
        await voice.execute(insert.encode(), (world.company,))
        ending = asyncio.create_task(tell(world, "call_ended", **RECORDED))
        waits = "select 1 from pg_stat_activity where wait_event = 'transactionid' and query like %s"
        await eventually(
            lambda: asyncio.to_thread(world.rows, waits, "%INSERT INTO consents%"), of="the silence waits"
        )
        await voice.commit()
    await ending
    assert is_kept(world)
    assert refusals(world) == []


@pytest.mark.parametrize("storage", [TIGHT, None])
async def test_nobody_has_to_agree_where_nothing_is_recorded(world: "World", storage: str | None) -> None:
    of_our_agent(world)
    await tell(world, "call_ended", **{**RECORDED, "data_storage_setting": storage})
    assert is_kept(world)
    assert refusals(world) == []


async def test_a_call_that_was_recorded_owes_a_yes_although_its_company_records_no_more(
    world: "World",
) -> None:
    of_our_agent(world)
    await tell(world, "call_ended", **RECORDED)
    assert not is_kept(world)


async def test_where_retell_does_not_say_what_it_keeps_the_company_s_word_counts(world: "World") -> None:
    records(world)
    of_our_agent(world)
    await tell(world, "call_ended", **SAID)
    assert not is_kept(world)


async def test_the_calls_of_other_agents_in_the_same_workspace_are_left_alone(world: "World") -> None:
    records(world)
    of_our_agent(world, "agent-of-another-kind")
    await tell(world, "call_ended", **RECORDED)
    assert is_kept(world)
    assert refusals(world) == []


async def test_in_a_call_that_nobody_took_nobody_was_silent(world: "World") -> None:
    records(world)
    of_our_agent(world)
    missed = {"call_id": "c1", "agent_id": "agent-1", "call_status": "not_connected"}
    await world.tell("retell.call_ended", {"call": {**missed, "data_storage_setting": "everything"}})
    assert refusals(world) == []


@pytest.mark.parametrize("agreed", [True, None])
async def test_a_refusal_that_only_the_analysis_found_drops_what_was_kept(
    world: "World", agreed: bool | None
) -> None:
    if agreed is not None:
        answer(world, allowed=agreed)
    await tell(world, "call_ended", **SAID)
    assert is_kept(world)
    found = {"call_summary": "Erika", "custom_analysis_data": {"recording_consent": "nein"}}
    for _ in range(2):
        await tell(world, "call_analyzed", **{**SAID, "call_analysis": found})
    assert not is_kept(world)
    assert refusals(world) == ["analysis"]


async def test_what_the_analysis_understood_as_a_yes_is_none_where_a_yes_is_owed(world: "World") -> None:
    records(world)
    of_our_agent(world)
    found = {"custom_analysis_data": {"recording_consent": "ja"}}
    await tell(world, "call_analyzed", **{**RECORDED, "call_analysis": found})
    assert not is_kept(world)
    assert refusals(world) == ["silence"]


def tightening(world: "World") -> TightenCall:
    assert world.providers is not None
    calls = RetellRecords(world.providers, Credentials(world.database, world.vault))
    return TightenCall(Calls(world.database, source="test"), calls)


def refuse(world: "World", call_id: str) -> RecordingRefused:
    answer(world, call_id, allowed=False)
    return RecordingRefused(company_id=world.company, call_id=call_id, refused_at=now())


async def storage(control: RetellControl, call_id: str) -> str:
    return str((await control.look_at_call(call_id)).call["data_storage_setting"])


async def changes(control: RetellControl) -> list[str]:
    return [each["path"] for each in await control.requests(method="PATCH") if "call" in each["path"]]


async def test_retell_forgets_what_was_said_in_a_refused_call_and_is_told_once(
    connected: "World", control: RetellControl
) -> None:
    call_id = await ring(connected, control, data_storage_setting="everything")
    refused = refuse(connected, call_id)
    for _ in range(2):
        await tightening(connected)(refused)
    assert await storage(control, call_id) == TIGHT
    assert await changes(control) == [f"/v2/update-call/{call_id}"]


async def test_a_call_that_goes_on_is_tightened_while_it_does(
    connected: "World", control: RetellControl
) -> None:
    call_id = await stay(connected, control, data_storage_setting="everything")
    refused = refuse(connected, call_id)
    for _ in range(2):
        await tightening(connected)(refused)
    assert await storage(control, call_id) == TIGHT
    assert await changes(control) == [f"/v2/update-live-call/{call_id}"]


async def test_a_refusal_that_was_taken_back_and_an_unknown_call_change_nothing(
    connected: "World", control: RetellControl
) -> None:
    call_id = await ring(connected, control, data_storage_setting="everything")
    refused = refuse(connected, call_id)
    answer(connected, call_id, allowed=True)
    await tightening(connected)(refused)
    await tightening(connected)(refuse(connected, "call_nobody_knows"))
    assert await storage(control, call_id) == "everything"
    assert await changes(control) == []


async def test_what_retell_does_not_take_now_is_tried_again_and_what_it_refuses_is_seen(
    connected: "World", control: RetellControl
) -> None:
    call_id = await ring(connected, control, data_storage_setting="everything")
    refused = refuse(connected, call_id)
    for status, raised in ((400, ProviderRefusedError), (500, TransientError)):
        fault = await control.fault("PATCH /v2/update-call/{id}", "status", status=status)
        with pytest.raises(raised):
            await tightening(connected)(refused)
        await control.heal(fault)


async def test_what_cannot_be_asked_for_without_a_key_is_seen(connected: "World") -> None:
    with pytest.raises(PermanentError, match="no key at Retell"):
        await tightening(connected)(refuse(connected, "c1"))


@respx.mock(base_url="https://retell.example.com")
async def test_a_call_that_ends_before_it_is_tightened_is_tightened_as_one_that_is_over(
    respx_mock: respx.MockRouter, world: "World"
) -> None:
    goes_on = {"call_id": "c1", "call_status": "ongoing", "data_storage_setting": "everything"}
    respx_mock.get("/v2/get-call/c1").respond(json=goes_on)
    respx_mock.patch("/v2/update-live-call/c1").respond(400, json={"message": "Call is not ongoing"})
    over = respx_mock.patch("/v2/update-call/c1").respond(json=goes_on)
    sealed = world.vault.seal("key_12345678")
    world.execute("update companies set retell_api_key_encrypted = %s where id = %s", sealed, world.company)
    guards = Guards(Circuits(None, process="test"), Limits(None))
    async with http_client() as http:
        world.providers = Providers(http, guards, retell_base_url="https://retell.example.com")
        await tightening(world)(refuse(world, "c1"))
    assert over.call_count == 1


@pytest.fixture
async def syncer(
    database_url: str, broker_url: str, simulators: Simulators, tmp_path: Path
) -> AsyncIterator[Process]:
    environment = {
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": database_url,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "RETELL_BASE_URL": simulators.retell_url,
    }
    async with running("services.syncer", tmp_path / "syncer.log", environment) as process:
        yield process


@pytest.mark.usefixtures("syncer")
async def test_a_silent_caller_s_call_is_tightened_in_the_end_although_retell_fails_at_first(
    connected: "World", control: RetellControl
) -> None:
    call_id = await ring(connected, control, data_storage_setting="everything")
    of_our_agent(connected)
    await control.fault("PATCH /v2/update-call/{id}", "status", status=500)
    await send(connected, "retell.call_ended", {"call": {**ENDED, **RECORDED, "call_id": call_id}})
    refused = f"recording.refused:{connected.company}:{call_id}:%"
    ours = await settled(connected, refused, "done")
    assert ours["queue"] == names.SYNCER_CALLS
    waiting = await settled(connected, refused, "redelivery")
    assert waiting["queue"] == names.SYNCER_RECORDINGS
    assert await storage(control, call_id) == "everything"
    await control.heal()

    async def tight() -> bool:
        return await storage(control, call_id) == TIGHT

    await eventually(tight, of="Retell has forgotten", within=60)
    assert "Erika" not in str(connected.call(call_id))
