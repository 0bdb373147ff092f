"""What the simulated Retell tells of a call: the word told into it, ids of functions, the ringing."""

import asyncio
from typing import Any

from tests.integration.simulators.test_retell_calls import CALLER, NUMBER


async def test_who_is_told_to_wait_hears_the_end_as_soon_as_it_comes(workspace: Any, receiver: Any) -> None:
    receiver.answer = {"status": "pending"}
    llm_id = await workspace.llm({"type": "custom", "name": "book", "url": receiver.url + "/book"})
    await workspace.number(await workspace.agent(llm_id))
    script = [{"function": "book"}, {"hold": 60}, {"say": "Danke."}]
    call_id = str(await workspace.control.start_call(NUMBER, CALLER, script))
    async with asyncio.timeout(10):
        while not (await workspace.control.look_at_call(call_id)).functions:  # noqa: ASYNC110 - polls a server
            await asyncio.sleep(0.01)
        body = {"call_control": {"additional_context": "Gebucht.", "trigger_response": True}}
        await workspace.http.patch(f"/v2/update-live-call/{call_id}", json=body)
        while not (placed := await workspace.control.look_at_call(call_id)).finished:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.02)
    told = [(entry["role"], entry.get("content")) for entry in placed.dialogue[-3:]]
    assert told == [("injected", "Gebucht."), ("agent", "Gebucht."), ("user", "Danke.")]
    assert len(placed.times) == len(placed.dialogue)


async def test_each_use_of_a_tool_is_known_by_its_id_and_one_that_is_not_there_by_none(
    workspace: Any, receiver: Any
) -> None:
    receiver.answer = {"status": "free"}
    llm_id = await workspace.llm({"type": "custom", "name": "check", "url": receiver.url + "/check"})
    await workspace.number(await workspace.agent(llm_id))
    script = [{"function": "fly"}, {"function": "check"}, {"hold": 60}]
    placed = await workspace.control.place_call(NUMBER, CALLER, script)
    unknown, used = placed.functions
    assert unknown["tool_call_id"] is None
    assert {used["tool_call_id"]} == {
        entry["tool_call_id"] for entry in placed.dialogue if entry["role"] == "tool_call_invocation"
    }


async def test_how_long_it_rings_is_known(workspace: Any, receiver: Any) -> None:
    receiver.answer = {"call_inbound": {"dynamic_variables": {"heute": "Montag"}}}
    await workspace.number(await workspace.agent(), inbound_webhook_url=receiver.url + "/inbound")
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"say": "Hallo"}])
    assert placed.inbound is not None
    assert placed.inbound["variables"] == {"heute": "Montag"}
    assert placed.inbound["seconds"] > 0


async def test_an_agent_that_is_told_to_wait_says_so_and_asks_again(workspace: Any, receiver: Any) -> None:
    receiver.answer = {"status": "pending", "say": "Einen Moment."}
    llm_id = await workspace.llm({"type": "custom", "name": "check", "url": receiver.url + "/check"})
    await workspace.number(await workspace.agent(llm_id))
    script = [{"function": "check", "again": 1}, {"function": "check"}, {"agent": "{{results.1.status}}"}]
    placed = await workspace.control.place_call(NUMBER, CALLER, script)
    assert len(placed.functions) == 3
    said = [entry["content"] for entry in placed.dialogue if entry["role"] == "agent"]
    # What was asked again has one result: the last one.
    assert said[-2:] == ["Einen Moment.", "pending"]
