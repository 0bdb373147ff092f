"""How each operation of Retell is asked for by our client, with the bodies that the provisioner makes."""

import secrets
from datetime import UTC, datetime
from typing import Any, Final

from shared.clients.retell import Agent, CaseDefinition, Llm, SipTrunk, answered_by, engine_of
from tests.integration.clients.accounts import Workspace
from tests.support import eventually
from tests.unit.provisioner.test_bodies import BINDING, CONVERSATION, VOICE, WANTED

_CALLER: Final = "+4915112345678"
_TRUNK: Final = SipTrunk("askpro.pstn.example.com", "askpro", "secret", "TLS")
#: Nobody listens there: what the simulator sends is refused at once.
_NOWHERE: Final = "http://127.0.0.1:9/"
#: Ends with the simulator; no test waits for it.
_LONG: Final = 3600


def _new_number() -> str:
    return f"+498912{secrets.randbelow(10**6):06}"


async def an_llm(workspace: Workspace) -> Llm:
    """With the content of a branch."""
    return await workspace.client.create_llm(WANTED.llm, ref="acme/main")


async def an_agent(workspace: Workspace, **changes: Any) -> Agent:
    """With the content of a branch, in its first draft."""
    engine = {"type": "retell-llm", "llm_id": (await an_llm(workspace)).llm_id}
    content = {**WANTED.agent, **VOICE, "response_engine": engine, **changes}
    return await workspace.client.create_agent(content, name="askpro/acme/main")


async def _imported(workspace: Workspace, **binding: Any) -> str:
    number = _new_number()
    await workspace.client.import_number(number, _TRUNK, {"nickname": "Hauptnummer", **binding})
    return number


async def _answers(workspace: Workspace, **changes: Any) -> list[dict[str, Any]]:
    """An agent that can answer a number."""
    agent = await an_agent(workspace, **changes)
    await workspace.client.publish_version(agent.agent_id, agent.version)
    return answered_by(agent.agent_id)


async def answered_number(workspace: Workspace) -> str:
    return await _imported(workspace, inbound_agents=await _answers(workspace, webhook_url=_NOWHERE))


async def a_call(workspace: Workspace) -> str:
    """A call that has been analysed; its id."""
    script = [{"say": "Hallo"}, {"agent": "Guten Tag"}, {"hangup": "user"}]
    placed = await workspace.control.place_call(await answered_number(workspace), _CALLER, script)
    return placed.call_id


async def create_llm(workspace: Workspace) -> None:
    await an_llm(workspace)


async def get_llm(workspace: Workspace) -> None:
    llm = await an_llm(workspace)
    await workspace.client.get_llm(llm.llm_id, version=llm.version)


async def update_llm(workspace: Workspace) -> None:
    llm = await an_llm(workspace)
    await workspace.client.update_llm(llm.llm_id, WANTED.llm, ref="acme/main", version=llm.version)


async def delete_llm(workspace: Workspace) -> None:
    await workspace.client.delete_llm((await an_llm(workspace)).llm_id)


async def list_llms(workspace: Workspace) -> None:
    await an_llm(workspace)
    assert await workspace.client.find_llm("acme/main")


async def create_agent(workspace: Workspace) -> None:
    await an_agent(workspace)


async def get_agent(workspace: Workspace) -> None:
    agent = await an_agent(workspace)
    await workspace.client.publish_version(agent.agent_id, agent.version)
    await workspace.client.get_agent(agent.agent_id, version="latest_published")


async def update_agent(workspace: Workspace) -> None:
    await workspace.client.update_agent((await an_agent(workspace)).agent_id, WANTED.agent, version=0)


async def delete_agent(workspace: Workspace) -> None:
    await workspace.client.delete_agent((await an_agent(workspace)).agent_id)


async def list_agents(workspace: Workspace) -> None:
    await an_agent(workspace)
    assert await workspace.client.find_agent("askpro/acme/main")


async def versions(workspace: Workspace) -> None:
    assert await workspace.client.list_versions((await an_agent(workspace)).agent_id)


async def create_version(workspace: Workspace) -> None:
    agent = await an_agent(workspace)
    await workspace.client.publish_version(agent.agent_id, agent.version)
    await workspace.client.create_version(agent.agent_id, agent.version)


async def publish(workspace: Workspace) -> None:
    agent = await an_agent(workspace)
    await workspace.client.publish_version(agent.agent_id, agent.version, title=WANTED.title())


async def import_number(workspace: Workspace) -> None:
    agents = await _answers(workspace)
    await _imported(workspace, inbound_agents=agents, inbound_webhook_url=WANTED.inbound_url)


async def buy_number(workspace: Workspace) -> None:
    await workspace.client.buy_number({"country_code": "US", "nickname": "Hauptnummer"})


async def get_number(workspace: Workspace) -> None:
    await workspace.client.get_number(await _imported(workspace))


async def list_numbers(workspace: Workspace) -> None:
    await _imported(workspace)
    assert await workspace.client.list_numbers()


async def update_number(workspace: Workspace) -> None:
    binding = {**BINDING, "inbound_agents": await _answers(workspace)}
    await workspace.client.update_number(await _imported(workspace), binding)


async def delete_number(workspace: Workspace) -> None:
    await workspace.client.delete_number(await _imported(workspace))


async def get_call(workspace: Workspace) -> None:
    await workspace.client.get_call(await a_call(workspace))


async def list_calls(workspace: Workspace) -> None:
    call_id, since = await a_call(workspace), datetime(2026, 1, 1, tzinfo=UTC)
    found = [call.call_id async for call in workspace.client.list_calls(started_after=since)]
    assert found == [call_id]


async def update_live(workspace: Workspace) -> None:
    number = await answered_number(workspace)
    call_id = await workspace.control.start_call(number, _CALLER, [{"say": "Nein"}, {"silence": _LONG}])

    async def ongoing() -> bool:
        call = (await workspace.control.look_at_call(call_id)).call
        return bool(call["call_status"] == "ongoing")

    await eventually(ongoing, of="somebody speaks")
    override = {
        "data_storage_setting": "basic_attributes_only",
        "override_dynamic_variables": {"anrufer_bekannt": "ja"},
    }
    await workspace.client.update_live_call(call_id, context="Er war da.", respond=True, override=override)


async def update_call(workspace: Workspace) -> None:
    await workspace.client.update_call(await a_call(workspace), storage="basic_attributes_only")


async def voices(workspace: Workspace) -> None:
    assert await workspace.client.list_voices()


async def key(workspace: Workspace) -> None:
    await workspace.client.key_info()


async def concurrency(workspace: Workspace) -> None:
    await workspace.client.concurrency()


async def a_case(workspace: Workspace) -> CaseDefinition:
    """The first of a branch's conversations."""
    llm = await an_llm(workspace)
    return await workspace.client.create_case(
        {**CONVERSATION, "response_engine": engine_of(llm.llm_id, llm.version)}
    )


async def _a_run(workspace: Workspace) -> str:
    llm = await an_llm(workspace)
    engine = engine_of(llm.llm_id, llm.version)
    case = await workspace.client.create_case({**CONVERSATION, "response_engine": engine})
    return (await workspace.client.start_batch(engine, [case.test_case_definition_id])).test_case_batch_job_id


async def create_case(workspace: Workspace) -> None:
    await a_case(workspace)


async def list_cases(workspace: Workspace) -> None:
    llm = await an_llm(workspace)
    await workspace.client.create_case({**CONVERSATION, "response_engine": engine_of(llm.llm_id)})
    assert len(await workspace.client.list_cases(llm.llm_id)) == 1


async def update_case(workspace: Workspace) -> None:
    case = await a_case(workspace)
    await workspace.client.update_case(case.test_case_definition_id, CONVERSATION)


async def delete_case(workspace: Workspace) -> None:
    await workspace.client.delete_case((await a_case(workspace)).test_case_definition_id)


async def start_batch(workspace: Workspace) -> None:
    await _a_run(workspace)


async def get_batch(workspace: Workspace) -> None:
    assert (await workspace.client.get_batch(await _a_run(workspace))).has_passed


async def list_runs(workspace: Workspace) -> None:
    [run] = await workspace.client.list_runs(await _a_run(workspace))
    assert run.has_passed
