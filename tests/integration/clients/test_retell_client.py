"""Our Retell client: created once, however often an answer is lost."""

import pytest

from shared.clients.retell import MARK, SipTrunk, answered_by, engine_of
from shared.errors import NotFoundError, UnknownOutcomeError
from tests.integration.clients.accounts import Workspace

NUMBER = "+493012345678"
LLM = {"start_speaker": "agent", "general_prompt": "Du bist …", "begin_message": "Guten Tag"}


def agent_of(llm_id: str) -> dict[str, object]:
    engine = {"type": "retell-llm", "llm_id": llm_id}
    return {"response_engine": engine, "voice_id": "11labs-Carola", "language": "de-DE"}


async def test_an_llm_is_found_by_its_mark_and_made_once(workspace: Workspace) -> None:
    await workspace.control.fault("POST /create-retell-llm", "lost_answer", times=1)
    made = await workspace.client.ensure_llm(LLM, ref="acme/main")
    again = await workspace.client.ensure_llm(LLM, ref="acme/main")
    assert made.llm_id == again.llm_id
    assert made.ref == "acme/main"
    assert len(await workspace.control.requests("/create-retell-llm", "POST")) == 1


async def test_two_branches_have_two_llms(workspace: Workspace) -> None:
    first = await workspace.client.ensure_llm(LLM, ref="acme/main")
    second = await workspace.client.ensure_llm(LLM, ref="acme/main2")
    assert first.llm_id != second.llm_id


async def test_an_update_keeps_the_mark(workspace: Workspace) -> None:
    made = await workspace.client.ensure_llm(LLM, ref="acme/main")
    changes = {"general_prompt": "Neu", "default_dynamic_variables": {"heute": "Montag"}}
    changed = await workspace.client.update_llm(made.llm_id, changes, ref="acme/main")
    assert changed.default_dynamic_variables == {"heute": "Montag", MARK: "acme/main"}
    found = await workspace.client.find_llm("acme/main")
    assert found is not None
    assert found.general_prompt == "Neu"


async def test_a_mark_is_found_on_a_later_page(workspace: Workspace) -> None:
    for number in range(105):
        await workspace.client.create_llm(LLM, ref=f"acme/{number}")
    for ref in ("acme/0", "acme/104"):
        found = await workspace.client.find_llm(ref)
        assert found is not None
        assert found.ref == ref


async def test_an_agent_is_made_once_and_found_by_its_exact_name(workspace: Workspace) -> None:
    llm = await workspace.client.ensure_llm(LLM, ref="acme/main")
    longer = await workspace.client.ensure_agent(agent_of(llm.llm_id), name="askpro/acme/main2")
    await workspace.control.fault("POST /create-agent", "lost_answer", times=1)
    made = await workspace.client.ensure_agent(agent_of(llm.llm_id), name="askpro/acme/main")
    again = await workspace.client.ensure_agent(agent_of(llm.llm_id), name="askpro/acme/main")
    assert made.agent_id == again.agent_id != longer.agent_id
    assert made.llm_id == llm.llm_id
    assert len(await workspace.control.requests("/create-agent", "POST")) == 2


async def test_a_create_that_never_arrived_stays_unknown_until_it_is_looked_for(
    workspace: Workspace,
) -> None:
    await workspace.control.fault("POST /create-retell-llm", "reset", times=1)
    with pytest.raises(UnknownOutcomeError):
        await workspace.client.ensure_llm(LLM, ref="acme/main")
    assert await workspace.client.ensure_llm(LLM, ref="acme/main")


async def test_a_version_is_published_once(workspace: Workspace) -> None:
    llm = await workspace.client.ensure_llm(LLM, ref="acme/main")
    agent = await workspace.client.ensure_agent(agent_of(llm.llm_id), name="askpro/acme/main")
    await workspace.control.fault("POST /publish-agent-version/{id}", "lost_answer", times=1)
    await workspace.client.ensure_published(agent.agent_id, agent.version, title="v1")
    await workspace.client.ensure_published(agent.agent_id, agent.version, title="v1")
    versions = await workspace.client.list_versions(agent.agent_id)
    assert any(each.is_published and each.version == agent.version for each in versions)
    published = await workspace.client.get_agent(agent.agent_id, version="latest_published")
    assert published.version == agent.version


async def test_a_draft_comes_from_a_published_version(workspace: Workspace) -> None:
    llm = await workspace.client.ensure_llm(LLM, ref="acme/main")
    agent = await workspace.client.ensure_agent(agent_of(llm.llm_id), name="askpro/acme/main")
    await workspace.client.ensure_published(agent.agent_id, agent.version)
    draft = await workspace.client.create_version(agent.agent_id, agent.version)
    assert draft.version > agent.version
    changed = await workspace.client.update_agent(agent.agent_id, {"webhook_url": "https://example.org/w"})
    assert changed.webhook_url == "https://example.org/w"


async def test_a_number_is_imported_once_and_bound_to_the_published_version(workspace: Workspace) -> None:
    llm = await workspace.client.ensure_llm(LLM, ref="acme/main")
    agent = await workspace.client.ensure_agent(agent_of(llm.llm_id), name="askpro/acme/main")
    await workspace.client.ensure_published(agent.agent_id, agent.version)
    await workspace.control.fault("POST /import-phone-number", "lost_answer", times=1)
    wanted = {"inbound_agents": answered_by(agent.agent_id), "nickname": "Hauptnummer"}
    assert await workspace.client.find_number(NUMBER) is None
    number = await workspace.client.ensure_imported(NUMBER, SipTrunk("trunk.example.org"), wanted)
    again = await workspace.client.ensure_imported(NUMBER, SipTrunk("trunk.example.org"), wanted)
    assert number.phone_number == again.phone_number == NUMBER
    assert again.answered_by(agent.agent_id)
    assert [each.phone_number for each in await workspace.client.list_numbers()] == [NUMBER]
    await workspace.client.delete_number(NUMBER)
    assert await workspace.client.find_number(NUMBER) is None


async def test_an_unknown_asset_is_not_found_whatever_status_says_so(workspace: Workspace) -> None:
    for look in (workspace.client.get_agent, workspace.client.get_llm, workspace.client.get_call):
        with pytest.raises(NotFoundError):
            await look("nobody-knows-this")
    with pytest.raises(NotFoundError):
        await workspace.client.delete_agent("nobody-knows-this")


async def test_the_key_and_the_voices_are_read(workspace: Workspace) -> None:
    assert (await workspace.client.key_info()).raw
    assert any(voice.voice_id for voice in await workspace.client.list_voices())
    assert (await workspace.client.concurrency()).concurrency_limit >= 0
    assert [call async for call in workspace.client.list_calls()] == []


async def test_the_conversations_of_an_llm_are_found_on_every_page_and_of_no_other(
    workspace: Workspace,
) -> None:
    mine, other = [await workspace.client.create_llm(LLM, ref=f"acme/{name}") for name in ("main", "other")]
    for number in range(101):
        await workspace.client.create_case(_case(mine.llm_id, f"askpro/acme/main/{number}"))
    await workspace.client.create_case(_case(other.llm_id, "askpro/acme/other/1"))
    found = await workspace.client.list_cases(mine.llm_id)
    assert {case.name for case in found} == {f"askpro/acme/main/{number}" for number in range(101)}


async def test_a_run_is_not_begun_twice_in_place_when_its_answer_is_lost(workspace: Workspace) -> None:
    llm = await workspace.client.create_llm(LLM, ref="acme/main")
    case = await workspace.client.create_case(_case(llm.llm_id, "askpro/acme/main/1"))
    await workspace.control.fault("POST /create-batch-test", "lost_answer", times=1)
    with pytest.raises(UnknownOutcomeError):
        await workspace.client.start_batch(engine_of(llm.llm_id), [case.test_case_definition_id])
    assert len(await workspace.control.requests("/create-batch-test", "POST")) == 1


def _case(llm_id: str, name: str) -> dict[str, object]:
    said = {"name": name, "user_prompt": "Hallo", "metrics": ["Sie ist freundlich."]}
    return said | {"response_engine": engine_of(llm_id)}
