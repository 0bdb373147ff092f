"""Response engines, agents, versions and numbers at Retell."""

from typing import Any

import pytest


def tool(**details: Any) -> dict[str, Any]:
    return {"type": "custom", "name": "check", "url": "https://tools.example.org", **details}


async def refused(workspace: Any, path: str, body: dict[str, Any], method: str = "POST") -> tuple[int, str]:
    answer = await workspace.http.request(method, path, json=body)
    assert answer.json()["status"] == "error"
    return answer.status_code, answer.json()["message"]


async def test_a_new_agent_is_an_unpublished_draft_of_version_0(workspace: Any) -> None:
    agent_id = await workspace.agent(agent_name="Salon")
    agent = (await workspace.http.get(f"/get-agent/{agent_id}")).json()
    assert (agent["version"], agent["is_published"]) == (0, False)
    assert (agent["language"], agent["timezone"]) == ("en-US", "America/Los_Angeles")


async def test_publishing_freezes_agent_and_engine(workspace: Any) -> None:
    llm_id = await workspace.llm()
    agent_id = await workspace.agent(llm_id)
    await workspace.publish(agent_id)
    status, _ = await refused(workspace, f"/update-agent/{agent_id}", {"agent_name": "x"}, "PATCH")
    assert status == 400
    status, _ = await refused(workspace, f"/update-retell-llm/{llm_id}", {"general_prompt": "x"}, "PATCH")
    assert status == 400
    status, _ = await refused(workspace, f"/publish-agent-version/{agent_id}", {"version": 0})
    assert status == 400


async def test_a_new_version_is_edited_and_published_beside_the_old_one(workspace: Any) -> None:
    llm_id = await workspace.llm(general_prompt="old")
    agent_id = await workspace.agent(llm_id)
    await workspace.publish(agent_id)
    draft = (await workspace.http.post(f"/create-agent-version/{agent_id}", json={"base_version": 0})).json()
    assert (draft["version"], draft["is_published"]) == (1, False)
    engine_version = draft["response_engine"]["version"]
    assert engine_version == 1
    path = f"/update-retell-llm/{llm_id}"
    answer = await workspace.http.patch(path, params={"version": 1}, json={"general_prompt": "new"})
    assert answer.status_code == 200
    get = f"/get-agent/{agent_id}"
    published = (await workspace.http.get(get, params={"version": "latest_published"})).json()
    assert published["version"] == 0
    await workspace.publish(agent_id, 1)
    published = (await workspace.http.get(get, params={"version": "latest_published"})).json()
    assert published["version"] == 1
    old = (await workspace.http.get(f"/get-retell-llm/{llm_id}", params={"version": 0})).json()
    assert old["general_prompt"] == "old"
    listed = (await workspace.http.get(f"/list-agent-versions/{agent_id}")).json()
    assert [(each["version"], each["is_published"]) for each in listed["items"]] == [(1, True), (0, True)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/get-retell-llm/llm_no"),
        ("PATCH", "/update-retell-llm/llm_no"),
        ("GET", "/get-agent/agent_no"),
        ("POST", "/publish-agent-version/agent_no"),
        ("DELETE", "/delete-agent/agent_no"),
        ("GET", "/get-phone-number/%2B49301"),
        ("GET", "/v2/get-call/call_no"),
    ],
)
async def test_an_unknown_asset_is_422(workspace: Any, method: str, path: str) -> None:
    status, message = await refused(workspace, path, {"version": 0}, method)
    assert (status, message) == (422, "Cannot find requested asset under given api key")


async def test_another_workspaces_assets_do_not_exist(workspace: Any) -> None:
    agent_id = await workspace.agent()
    other = await workspace.control.add_workspace(name="Other")
    headers = {"Authorization": f"Bearer {other['api_key']}"}
    assert (await workspace.http.get(f"/get-agent/{agent_id}", headers=headers)).status_code == 422
    listed = await workspace.http.post("/v2/list-agents", json={}, headers=headers)
    assert listed.json() == {"items": [], "has_more": False}


async def test_a_wrong_key_is_401(workspace: Any) -> None:
    answer = await workspace.http.get("/get-api-key-info", headers={"Authorization": "Bearer key_wrong"})
    assert answer.status_code == 401
    assert (await workspace.http.get("/get-api-key-info")).json()["org_name"] == "Salon"


@pytest.mark.parametrize(
    "path",
    ["POST /publish-agent/a", "GET /list-agents", "GET /list-phone-numbers", "GET /list-retell-llms",
     "POST /v2/list-calls", "GET /get-agent-versions/a"],
)  # fmt: skip
async def test_what_retell_removed_is_404(workspace: Any, path: str) -> None:
    method, _, rest = path.partition(" ")
    assert (await workspace.http.request(method, rest)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"start_speaker": "nobody"},
        {"start_speaker": "agent", "general_tools": [tool(), tool()]},
        {"start_speaker": "agent", "general_tools": [tool(name="has space")]},
        {"start_speaker": "agent", "general_tools": [tool(name="x" * 65)]},
        {"start_speaker": "agent", "general_tools": [tool(timeout_ms=999)]},
        {"start_speaker": "agent", "general_tools": [tool(max_retry=6)]},
        {"start_speaker": "agent", "general_tools": [tool(method="HEAD")]},
        {"start_speaker": "agent", "general_tools": [tool(url=None)]},
        {"start_speaker": "agent", "general_tools": [tool(parameters={"type": "array"})]},
        {"start_speaker": "agent", "general_tools": [tool(parameters={"type": "object", "properties": {},
                                                                      "required": ["a"]})]},
        {"start_speaker": "agent", "general_tools": [{"type": "book_appointment_cal", "name": "book"}]},
        {"start_speaker": "agent", "default_dynamic_variables": {"a": 1}},
        {"start_speaker": "agent", "model_config": {"type": "cascading", "primary": {"model": "gpt-2"}}},
        {"start_speaker": "agent", "model_config": {"type": "cascading", "temperature": 2}},
    ],
)  # fmt: skip
async def test_an_engine_that_retell_would_not_take(workspace: Any, body: dict[str, Any]) -> None:
    assert (await refused(workspace, "/create-retell-llm", body))[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"voice_id": None},
        {"voice_id": "11labs-Nobody"},
        {"fallback_voice_ids": ["11labs-Otto"]},
        {"language": "multi"},
        {"language": ["de-DE", "xx"]},
        {"timezone": "Berlin"},
        {"webhook_events": ["call_begun"]},
        {"webhook_url": "ftp://x"},
        {"max_call_duration_ms": 59_999},
        {"end_call_after_silence_ms": 9_999},
        {"data_storage_retention_days": 731},
        {"data_storage_setting": "nothing"},
        {"interruption_sensitivity": 1.1},
        {"post_call_analysis_data": [{"type": "enum", "name": "outcome"}]},
    ],
)
async def test_an_agent_that_retell_would_not_take(workspace: Any, change: dict[str, Any]) -> None:
    engine = {"type": "retell-llm", "llm_id": await workspace.llm()}
    body = {"response_engine": engine, "voice_id": "11labs-Carola", **change}
    assert (await refused(workspace, "/create-agent", body))[0] == 400


async def test_an_agent_needs_an_engine_that_exists(workspace: Any) -> None:
    body = {"response_engine": {"type": "retell-llm", "llm_id": "llm_no"}, "voice_id": "11labs-Carola"}
    assert (await refused(workspace, "/create-agent", body))[0] == 422


async def test_an_engine_in_use_is_not_deleted_unless_forced(workspace: Any) -> None:
    llm_id = await workspace.llm()
    agent_id = await workspace.agent(llm_id)
    assert (await workspace.http.delete(f"/delete-retell-llm/{llm_id}")).status_code == 400
    assert (await workspace.http.delete(f"/delete-agent/{agent_id}")).status_code == 204
    assert (await workspace.http.delete(f"/delete-retell-llm/{llm_id}")).status_code == 204


async def test_lists_have_pages_and_filters(workspace: Any) -> None:
    for number in range(3):
        await workspace.agent(agent_name=f"Agent {number}")
    channel = {"type": "string", "op": "eq", "value": "voice"}
    body = {"filter_criteria": {"channel": channel}}
    first = (await workspace.http.post("/v2/list-agents", params={"limit": 2}, json=body)).json()
    assert ([each["agent_name"] for each in first["items"]], first["has_more"]) == (
        ["Agent 2", "Agent 1"],
        True,
    )
    query = {"limit": 2, "pagination_key": first["pagination_key"]}
    rest = (await workspace.http.post("/v2/list-agents", params=query, json=body)).json()
    assert [each["agent_name"] for each in rest["items"]] == ["Agent 0"]
    query = {"filter_criteria": {"query": "agent 1", "channel": channel}}
    found = (await workspace.http.post("/v2/list-agents", json=query)).json()["items"]
    assert [each["agent_name"] for each in found] == ["Agent 1"]
    without_type = {"filter_criteria": {"channel": {"op": "eq", "value": "voice"}}}
    assert (await refused(workspace, "/v2/list-agents", without_type))[0] == 400


async def test_german_numbers_are_imported_never_bought(workspace: Any) -> None:
    assert (await refused(workspace, "/create-phone-number", {"country_code": "DE"}))[0] == 400
    assert (await refused(workspace, "/create-phone-number", {"phone_number": "+4930123456"}))[0] == 400
    assert (await refused(workspace, "/import-phone-number", {"phone_number": "+4930123456"}))[0] == 400
    number = await workspace.number(None)
    got = (await workspace.http.get("/get-phone-number/%2B4930123456")).json()
    assert (got["phone_number"], got["phone_number_type"]) == (number, "custom")
    assert got["sip_outbound_trunk_config"]["termination_uri"] == "trunk.example.org"


async def test_a_repeated_purchase_buys_a_second_number(workspace: Any) -> None:
    bought = [(await workspace.http.post("/create-phone-number", json={})).json() for _ in range(2)]
    assert bought[0]["phone_number"] != bought[1]["phone_number"]


async def test_a_number_that_somebody_has_is_not_sold(workspace: Any) -> None:
    wanted = {"phone_number": "+14157774444", "nickname": "mine"}
    assert (await workspace.http.post("/create-phone-number", json=wanted)).status_code == 201
    other = await workspace.control.add_workspace(name="Other")
    headers = {"Authorization": f"Bearer {other['api_key']}"}
    for key in ({}, headers):
        taken = {**wanted, "nickname": "taken"}
        answer = await workspace.http.post("/create-phone-number", json=taken, headers=key)
        assert (answer.status_code, answer.json()["status"]) == (400, "error")
    got = (await workspace.http.get("/get-phone-number/%2B14157774444")).json()
    assert got["nickname"] == "mine"


async def test_a_number_is_bound_with_weights_that_sum_to_1(workspace: Any) -> None:
    number, agent_id = await workspace.number(None), await workspace.agent()
    path = "/update-phone-number/%2B4930123456"

    def bound(*weights: float, **details: Any) -> dict[str, Any]:
        return {"inbound_agents": [{"agent_id": agent_id, "weight": weight, **details} for weight in weights]}

    assert (await refused(workspace, path, bound(0.5, 0.4), "PATCH"))[0] == 400
    assert (await refused(workspace, path, {"inbound_agent_id": agent_id}, "PATCH"))[0] == 400
    unknown = {"inbound_agents": [{"agent_id": "agent_no", "weight": 1}]}
    assert (await refused(workspace, path, unknown, "PATCH"))[0] == 422
    assert (await refused(workspace, path, bound(1, agent_version=7), "PATCH"))[0] == 422
    assert (await workspace.http.patch(path, json=bound(0.5, 0.5))).status_code == 200
    listed = (await workspace.http.get("/v2/list-phone-numbers")).json()["items"]
    assert [each["phone_number"] for each in listed] == [number]
    assert (await workspace.http.delete("/delete-phone-number/%2B4930123456")).status_code == 204


async def test_voices_are_a_plain_array(workspace: Any) -> None:
    voices = (await workspace.http.get("/list-voices")).json()
    assert {"11labs-Carola"} <= {voice["voice_id"] for voice in voices}
