"""A caller at the simulated Retell: functions, webhooks, signatures, versions."""

import asyncio
import re
from typing import Any

import pytest
from retell import AsyncRetell, Retell

NUMBER, CALLER = "+4930123456", "+491701234567"
KEY = "key_0123456789abcdef0123456789ab"


def is_valid(arrived: Any, key: str) -> bool:
    """What the provider's own library says."""
    judge: Any = Retell(api_key=key)
    return bool(judge.verify(arrived.body.decode(), key, arrived.headers["x-retell-signature"]))


def events(receiver: Any) -> list[str]:
    return [each.json["event"] for each in receiver.arrived if each.path == "/webhook"]


async def test_a_whole_call_is_signed_by_the_key_of_its_workspace(workspace: Any, receiver: Any) -> None:
    receiver.answer = {"status": "free", "slots": [{"code": "A"}]}
    parameters = {"type": "object", "properties": {"date": {"type": "string"}}}
    check = {"type": "custom", "name": "check", "url": receiver.url + "/check", "parameters": parameters}
    book = {"type": "custom", "name": "book", "url": receiver.url + "/book"}
    llm_id = await workspace.llm(check, book, begin_message="Guten Tag.")
    agent_id = await workspace.agent(llm_id, webhook_url=receiver.url + "/webhook", agent_name="Salon")
    await workspace.publish(agent_id)
    await workspace.number(agent_id)
    script = [
        {"say": "Haben Sie morgen Zeit?"},
        {"function": "check", "args": {"date": "2026-12-01"}},
        {"agent": "Ja, {{results.0.slots.0.code}}."},
        {"say": "Gut."},
        {"function": "book", "args": {"slot_code": "{{results.0.slots.0.code}}"}},
        {"hangup": "agent"},
    ]
    analysis = {"call_summary": "Gebucht.", "custom_analysis_data": {"appointment_promised": True}}
    placed = await workspace.control.place_call(NUMBER, CALLER, script, call_analysis=analysis)

    for each in receiver.arrived:
        assert is_valid(each, workspace.key)
        assert re.fullmatch(r"v=\d+,d=[0-9a-f]{64}", each.headers["x-retell-signature"])
    assert events(receiver) == ["call_started", "call_ended", "call_analyzed"]
    asked = next(each.json for each in receiver.arrived if each.path == "/check")
    assert set(asked) == {"name", "call", "args"}
    assert (asked["name"], asked["args"]) == ("check", {"date": "2026-12-01"})
    assert asked["call"]["transcript"] == "Agent: Guten Tag.\nUser: Haben Sie morgen Zeit?\n"
    assert asked["call"]["transcript_with_tool_calls"][-1]["role"] == "tool_call_invocation"
    assert (asked["call"]["from_number"], asked["call"]["call_status"]) == (CALLER, "ongoing")
    booked = next(each.json for each in receiver.arrived if each.path == "/book")
    assert booked["args"] == {"slot_code": "A"}
    assert "User: Gut." in booked["call"]["transcript"]
    call = (await workspace.http.get(f"/v2/get-call/{placed.call_id}")).json()
    assert (call["call_status"], call["disconnection_reason"]) == ("ended", "agent_hangup")
    assert call["call_analysis"]["custom_analysis_data"] == {"appointment_promised": True}
    assert call["agent_version"] == 0
    assert [function["error"] for function in placed.functions] == [None, None]


@pytest.mark.parametrize("caller", ["anonymous", "", "+266696687", "00000000"])
async def test_a_hidden_caller_id_arrives_as_it_is(workspace: Any, receiver: Any, caller: str) -> None:
    await workspace.number(await workspace.agent(webhook_url=receiver.url + "/webhook"))
    await workspace.control.place_call(NUMBER, caller, [])
    assert {each.json["call"]["from_number"] for each in receiver.arrived} == {caller}


async def test_a_tool_that_the_agent_does_not_have_is_an_error_of_the_script(workspace: Any) -> None:
    await workspace.number(await workspace.agent())
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"function": "dance"}])
    assert placed.functions[0]["error"] == "the agent has no tool named dance"


async def test_a_failing_function_is_told_to_the_agent_and_a_long_answer_is_cut(
    workspace: Any, receiver: Any
) -> None:
    receiver.statuses = [500]
    receiver.answer = {"text": "x" * 20_000}
    tool = {"type": "custom", "name": "check", "url": receiver.url}
    await workspace.number(await workspace.agent(await workspace.llm(tool)))
    script = [{"function": "check"}, {"function": "check"}]
    placed = await workspace.control.place_call(NUMBER, CALLER, script)
    assert [function["error"] for function in placed.functions] == ["status 500", None]
    results = [entry for entry in placed.dialogue if entry["role"] == "tool_call_result"]
    assert results[0]["content"] == "Error: status 500"
    assert len(results[1]["content"]) == 15_000


async def test_a_function_that_takes_too_long_times_out_and_is_repeated_as_often_as_its_tool_says(
    workspace: Any, receiver: Any
) -> None:
    async def slow() -> None:
        await asyncio.sleep(1.5)

    receiver.during = slow
    tool = {"type": "custom", "name": "check", "url": receiver.url, "timeout_ms": 1000, "max_retry": 1}
    await workspace.number(await workspace.agent(await workspace.llm(tool)))
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"function": "check"}])
    assert placed.functions[0]["error"] == "ReadTimeout"
    assert len(receiver.arrived) == 2


async def test_arguments_at_the_root_and_variables_in_url_and_headers(workspace: Any, receiver: Any) -> None:
    tool = {
        "type": "custom",
        "name": "check",
        "url": receiver.url + "/functions/{{company}}",
        "args_at_root": True,
        "headers": {"X-Branch": "{{branch}}"},
        "query_params": {"q": "1"},
    }
    variables = {"company": "c1", "branch": "b1"}
    llm_id = await workspace.llm(tool, default_dynamic_variables=variables)
    await workspace.number(await workspace.agent(llm_id))
    await workspace.control.place_call(NUMBER, CALLER, [{"function": "check", "args": {"a": 1}}])
    (arrived,) = receiver.arrived
    assert (arrived.path, arrived.json, arrived.headers["x-branch"]) == ("/functions/c1", {"a": 1}, "b1")


async def test_without_a_version_a_number_serves_the_draft(workspace: Any) -> None:
    agent_id = await workspace.agent(agent_name="published")
    await workspace.publish(agent_id)
    await workspace.http.post(f"/create-agent-version/{agent_id}", json={"base_version": 0})
    await workspace.http.patch(f"/update-agent/{agent_id}", json={"agent_name": "draft"})
    await workspace.number(agent_id)
    assert (await workspace.control.place_call(NUMBER, CALLER, [])).call["agent_name"] == "draft"
    bound = [{"agent_id": agent_id, "weight": 1, "agent_version": "latest_published"}]
    await workspace.http.patch("/update-phone-number/%2B4930123456", json={"inbound_agents": bound})
    assert (await workspace.control.place_call(NUMBER, CALLER, [])).call["agent_name"] == "published"


async def live(workspace: Any, seconds: float = 0.5) -> str:
    await workspace.number(await workspace.agent())
    script = [{"silence": seconds}, {"agent": "Ja."}]
    call_id = str(await workspace.control.start_call(NUMBER, CALLER, script))
    async with asyncio.timeout(10):
        while (await workspace.control.look_at_call(call_id)).call["call_status"] != "ongoing":  # noqa: ASYNC110 - polls a server
            await asyncio.sleep(0.01)
    return call_id


async def test_a_live_call_can_be_told_more_and_made_more_private_but_not_less(workspace: Any) -> None:
    call_id = await live(workspace)
    path = f"/v2/update-live-call/{call_id}"
    body = {
        "call_control": {"additional_context": "Der Termin ist frei.", "trigger_response": True},
        "fields_to_override": {
            "data_storage_setting": "basic_attributes_only",
            "override_dynamic_variables": {"status": "frei"},
            "metadata": {"a": 1},
        },
    }
    answer = await workspace.http.patch(path, json=body)
    assert answer.status_code == 200
    assert answer.json()["retell_llm_dynamic_variables"] == {"status": "frei"}
    loose = {"fields_to_override": {"data_storage_setting": "everything"}}
    assert (await workspace.http.patch(path, json=loose)).status_code == 400
    async with asyncio.timeout(10):
        while not (placed := await workspace.control.look_at_call(call_id)).finished:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.02)
    assert {"role": "injected", "content": "Der Termin ist frei."} in placed.dialogue
    assert (await workspace.http.patch(path, json=body)).status_code == 400


async def test_an_ended_call_is_made_more_private_but_not_less(workspace: Any) -> None:
    await workspace.number(await workspace.agent())
    placed = await workspace.control.place_call(NUMBER, CALLER, [{"say": "Geheim"}])
    path = f"/v2/update-call/{placed.call_id}"
    library = AsyncRetell(api_key=workspace.key, base_url=workspace.control.root, max_retries=0)
    kept = await library.call.update(placed.call_id, metadata={"a": 1}, custom_attributes={"x": True})
    assert (kept.metadata, kept.data_storage_setting) == ({"a": 1}, "everything")
    assert "Geheim" in kept.transcript
    tight = await library.call.update(placed.call_id, data_storage_setting="basic_attributes_only")
    assert tight.transcript is None
    got = (await workspace.http.get(f"/v2/get-call/{placed.call_id}")).json()
    assert {"transcript", "recording_url", "call_analysis"} & set(got) == set()
    for setting in ("everything", "everything_except_pii", "nothing"):
        answer = await workspace.http.patch(path, json={"data_storage_setting": setting})
        assert answer.status_code == 400, setting


@pytest.mark.parametrize(
    "body",
    [
        {"override_dynamic_variables": {"a": "b"}},
        {"fields_to_override": {}},
        {"metadata": "x"},
        {"metadata": {"x": "x" * 50_000}},
        {"custom_attributes": {"x": ["y"]}},
    ],
    ids=lambda body: next(iter(body)),
)
async def test_an_ended_call_takes_three_fields_of_their_types(workspace: Any, body: dict[str, Any]) -> None:
    await workspace.number(await workspace.agent())
    placed = await workspace.control.place_call(NUMBER, CALLER, [])
    assert (await workspace.http.patch(f"/v2/update-call/{placed.call_id}", json=body)).status_code == 400


async def test_a_call_that_goes_on_and_one_that_never_was_are_not_updated(workspace: Any) -> None:
    tight = {"data_storage_setting": "basic_attributes_only"}
    running = await live(workspace, seconds=60)
    assert (await workspace.http.patch(f"/v2/update-call/{running}", json=tight)).status_code == 400
    assert (await workspace.http.patch("/v2/update-call/call_no", json=tight)).status_code == 422


async def test_running_calls_count_as_concurrency_and_the_limit_is_kept(workspace: Any) -> None:
    await workspace.control.configure(concurrency_limit=1)
    await live(workspace)
    assert (await workspace.http.get("/get-concurrency")).json()["current_concurrency"] == 1
    placed = await workspace.control.place_call(NUMBER, CALLER, [])
    assert placed.call["disconnection_reason"] == "concurrency_limit_reached"


async def test_calls_are_listed_by_filters_without_transcripts(workspace: Any) -> None:
    await workspace.number(await workspace.agent())
    first = await workspace.control.place_call(NUMBER, CALLER, [{"say": "eins"}])
    second = await workspace.control.place_call(NUMBER, "anonymous", [{"say": "zwei"}])

    async def found(criteria: dict[str, Any], **body: Any) -> list[str]:
        answer = await workspace.http.post("/v3/list-calls", json={"filter_criteria": criteria, **body})
        assert answer.status_code == 200, answer.text
        return [each["call_id"] for each in answer.json()["items"]]

    since = {"type": "number", "op": "ge", "value": first.call["start_timestamp"]}
    ended = {"type": "enum", "op": "in", "value": ["ended"]}
    both = [second.call_id, first.call_id]
    assert await found({"start_timestamp": since, "call_status": ended}) == both
    assert await found({}, sort_order="ascending", limit=1) == [first.call_id]
    caller = {"type": "string", "op": "eq", "value": "anonymous"}
    assert await found({"from_number": caller}) == [second.call_id]
    assert await found({"agent": [{"agent_id": first.call["agent_id"]}]}) == both
    listed = await workspace.http.post("/v3/list-calls", json={"include_total": True})
    assert listed.json()["total"] == 2
    assert "transcript" not in listed.json()["items"][0]
    wrong = {"filter_criteria": {"colour": caller}}
    assert (await workspace.http.post("/v3/list-calls", json=wrong)).status_code == 400


async def test_an_outbound_call_is_made_once_per_idempotency_key(workspace: Any) -> None:
    agent_id = await workspace.agent()
    bound = [{"agent_id": agent_id, "weight": 1}]
    await workspace.number(agent_id, outbound_agents=bound)
    body = {"from_number": NUMBER, "to_number": CALLER, "idempotency_key": "k1"}
    first = (await workspace.http.post("/v2/create-phone-call", json=body)).json()
    again = (await workspace.http.post("/v2/create-phone-call", json=body)).json()
    assert first["call_id"] == again["call_id"]
    assert (first["direction"], first["call_status"]) == ("outbound", "registered")
    unknown = {**body, "from_number": "+4930999", "idempotency_key": "k2"}
    assert (await workspace.http.post("/v2/create-phone-call", json=unknown)).status_code == 422


async def test_nobody_answers_a_number_that_does_not_exist(workspace: Any) -> None:
    answer = await workspace.http.post("/_control/calls", json={"to_number": "+4930000000"})
    assert answer.status_code == 422


async def test_a_web_call_is_registered_until_somebody_enters(workspace: Any, receiver: Any) -> None:
    agent_id = await workspace.agent(agent_name="Salon", webhook_url=receiver.url + "/webhook")
    library = AsyncRetell(api_key=workspace.key, base_url=workspace.control.root, max_retries=0)
    made = await library.call.create_web_call(agent_id=agent_id, metadata={"a": "b"})
    assert made.access_token
    assert (made.transport, made.expires_at > 0) == ("gateway", True)
    call = (await workspace.http.get(f"/v2/get-call/{made.call_id}")).json()
    assert (call["call_type"], call["call_status"]) == ("web_call", "registered")
    assert (call["agent_id"], call["agent_version"], call["metadata"]) == (agent_id, 0, {"a": "b"})
    assert call["access_token"] == made.access_token
    placed = await workspace.control.call("POST", "/_control/calls", {"call_id": made.call_id, "script": []})
    assert placed["call"]["call_status"] == "ended"
    assert events(receiver) == ["call_started", "call_ended", "call_analyzed"]


@pytest.mark.parametrize(
    ("body", "status"), [({}, 400), ({"agent_id": "agent_no"}, 422), ({"agent_id": 7}, 400)]
)
async def test_a_web_call_needs_an_agent(workspace: Any, body: dict[str, Any], status: int) -> None:
    assert (await workspace.http.post("/v3/create-web-call", json=body)).status_code == status
