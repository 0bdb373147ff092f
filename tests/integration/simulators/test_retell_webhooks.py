"""What the simulated Retell tells the project about calls, how it signs, and when it tries again."""

import asyncio
from typing import Any

import pytest
from retell import Retell

from infra.simulators.retell.signing import signature

NUMBER, CALLER = "+4930123456", "+491701234567"
KEY = "key_0123456789abcdef0123456789ab"


def is_valid(arrived: Any, key: str) -> bool:
    """What the provider's own library says."""
    judge: Any = Retell(api_key=key)
    return bool(judge.verify(arrived.body.decode(), key, arrived.headers["x-retell-signature"]))


def events(receiver: Any) -> list[str]:
    return [each.json["event"] for each in receiver.arrived if each.path == "/webhook"]


@pytest.mark.parametrize(
    ("body", "digest"),
    [
        (
            '{"event":"call_ended","call":{"call_id":"c1","transcript":"Agent: Grüß Gott – wie geht’s?"}}',  # noqa: RUF001 - part of the vector
            "2cfcc5596f391ed8683489f7e24e93feb6462802292dd8a3d9b5ccffdfb9afd8",
        ),
        ("", "9c40dea017c0f0d490dff93df7d359807ff192c110c8e50ab69a4156310c1243"),
    ],
)
def test_the_published_vectors_are_signed_the_same(body: str, digest: str) -> None:
    assert signature(KEY, body.encode(), 1767225600000) == f"v=1767225600000,d={digest}"


async def test_call_ended_has_no_analysis_and_call_analyzed_has_it(workspace: Any, receiver: Any) -> None:
    await workspace.number(await workspace.agent(webhook_url=receiver.url + "/webhook"))
    await workspace.control.place_call(NUMBER, CALLER, [{"say": "Hallo"}])
    bodies = {each.json["event"]: each.json["call"] for each in receiver.arrived}
    assert "transcript" not in bodies["call_started"]
    assert "call_analysis" not in bodies["call_ended"]
    assert "metadata" not in bodies["call_ended"]
    assert bodies["call_analyzed"]["call_analysis"]["user_sentiment"] == "Neutral"


async def test_the_inbound_webhook_chooses_variables_metadata_and_agent(
    workspace: Any, receiver: Any
) -> None:
    usual, other = await workspace.agent(agent_name="usual"), await workspace.agent(agent_name="other")
    await workspace.number(usual, inbound_webhook_url=receiver.url + "/inbound")
    wishes = {
        "dynamic_variables": {"heute": "Dienstag"},
        "metadata": {"branch": "b1"},
        "override_agent_id": other,
    }
    receiver.answer = {"call_inbound": wishes}
    placed = await workspace.control.place_call(NUMBER, CALLER, [])
    (asked,) = receiver.arrived
    assert is_valid(asked, workspace.key)
    assert asked.json["event"] == "call_inbound"
    inbound = asked.json["call_inbound"]
    assert (inbound["call_id"], inbound["agent_id"]) == (placed.call_id, usual)
    assert inbound["agent_version"] == 0
    assert (inbound["from_number"], inbound["to_number"]) == (CALLER, NUMBER)
    assert placed.call["agent_id"] == other
    assert placed.call["retell_llm_dynamic_variables"] == {"heute": "Dienstag"}
    assert placed.call["metadata"] == {"branch": "b1"}


@pytest.mark.parametrize(
    "answer", [{"call_inbound": ["x"]}, {"call_inbound": {"dynamic_variables": ["x"]}}, []]
)
async def test_an_answer_of_the_inbound_webhook_that_makes_no_sense_counts_as_none(
    workspace: Any, receiver: Any, answer: Any
) -> None:
    receiver.answer = answer
    await workspace.number(await workspace.agent(), inbound_webhook_url=receiver.url)
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"say": "Hallo"}])
    assert (placed.call["call_status"], placed.finished) == ("ended", True)


async def test_the_inbound_webhook_is_retried_three_times_and_then_the_call_goes_on(
    workspace: Any, receiver: Any
) -> None:
    receiver.statuses = [500, 500, 500, 500]
    await workspace.number(await workspace.agent(), inbound_webhook_url=receiver.url)
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"say": "Hallo"}])
    assert len(receiver.arrived) == 4
    assert len({each.json["call_inbound"]["call_id"] for each in receiver.arrived}) == 1
    assert placed.call["call_status"] == "ended"


async def test_what_a_fault_drops_is_not_retried(workspace: Any, receiver: Any) -> None:
    tool = {"type": "custom", "name": "check", "url": receiver.url + "/check", "max_retry": 2}
    agent_id = await workspace.agent(await workspace.llm(tool), webhook_events=["transcript_updated"])
    await workspace.number(agent_id, inbound_webhook_url=receiver.url + "/inbound")
    for what in ("call_inbound", "function check"):
        await workspace.control.fault(what, "drop_webhook", times=1)
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"function": "check"}])
    assert receiver.arrived == []
    sent = await workspace.control.deliveries()
    assert [(each["event"], each["error"]) for each in sent] == [
        ("call_inbound", "dropped"),
        ("function check", "dropped"),
    ]
    assert (placed.functions[0]["error"], placed.call["call_status"]) == ("dropped", "ended")


async def test_a_rejected_call_never_starts_but_ends(workspace: Any, receiver: Any) -> None:
    receiver.answer = {"call_inbound": {"reject": True}}
    agent_id = await workspace.agent(webhook_url=receiver.url + "/webhook")
    await workspace.number(agent_id, inbound_webhook_url=receiver.url + "/inbound")
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"say": "Hallo"}])
    assert placed.call["call_status"] == "not_connected"
    assert events(receiver) == ["call_ended", "call_analyzed"]


async def test_a_refused_webhook_is_repeated_signed_anew_and_holds_nothing_up(
    workspace: Any, receiver: Any
) -> None:
    await workspace.control.configure(webhook_retry_seconds=0.05)
    receiver.statuses = [500, 200, 200, 500]
    await workspace.number(await workspace.agent(webhook_url=receiver.url + "/webhook"))
    await workspace.control.place_call(NUMBER, CALLER, [])
    await receiver.until(5)
    assert events(receiver) == ["call_started", "call_ended", "call_analyzed", "call_started", "call_started"]
    signatures = [each.headers["x-retell-signature"] for each in receiver.arrived]
    assert len(set(signatures)) == 5
    assert receiver.arrived[0].body == receiver.arrived[3].body


async def test_retell_gives_up_after_three_retries(workspace: Any, receiver: Any) -> None:
    receiver.statuses = [500] * 100
    agent_id = await workspace.agent(webhook_url=receiver.url + "/webhook", webhook_events=["call_ended"])
    await workspace.number(agent_id)
    await workspace.control.place_call(NUMBER, CALLER, [])
    await receiver.until(4)
    await asyncio.sleep(0.2)
    assert events(receiver) == ["call_ended"] * 4


async def test_only_the_wanted_events_are_sent(workspace: Any, receiver: Any) -> None:
    url = receiver.url + "/webhook"
    await workspace.number(await workspace.agent(webhook_url=url, webhook_events=["call_analyzed"]))
    await workspace.control.place_call(NUMBER, CALLER, [])
    assert events(receiver) == ["call_analyzed"]


async def test_basic_attributes_only_is_in_webhooks_but_not_kept(workspace: Any, receiver: Any) -> None:
    setting = "basic_attributes_only"
    url = receiver.url + "/webhook"
    await workspace.number(await workspace.agent(webhook_url=url, data_storage_setting=setting))
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"say": "Geheim"}])
    assert "Geheim" in receiver.arrived[1].json["call"]["transcript"]
    kept = (await workspace.http.get(f"/v2/get-call/{placed.call_id}")).json()
    assert "transcript" not in kept
    assert "recording_url" not in kept


async def test_a_transfer_is_announced_and_ends_the_call_or_not(workspace: Any, receiver: Any) -> None:
    tool = {
        "type": "transfer_call",
        "name": "transfer",
        "transfer_destination": {"type": "predefined", "number": "+493099"},
        "transfer_option": {"type": "cold_transfer", "show_transferee_as_caller": False},
    }
    wanted = ["transfer_started", "transfer_bridged", "transfer_cancelled", "transfer_ended"]
    llm_id = await workspace.llm(tool)
    url = receiver.url + "/webhook"
    await workspace.number(await workspace.agent(llm_id, webhook_url=url, webhook_events=wanted))
    script = [{"function": "transfer", "outcome": "cancelled"}, {"function": "transfer"}, {"say": "zu spät"}]
    placed = await workspace.control.place_call(NUMBER, CALLER, script)
    cancelled, bridged = wanted[:1] + wanted[2:3], wanted[:2] + wanted[3:]
    assert events(receiver) == cancelled + bridged
    assert receiver.arrived[0].json["transfer_option"]["showTransfereeAsCaller"] is False
    assert placed.call["disconnection_reason"] == "call_transfer"
    assert placed.call["transfer_destination"] == "+493099"
    assert "zu spät" not in placed.call["transcript"]
