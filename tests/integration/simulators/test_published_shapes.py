"""The simulators' answers and webhooks against the documents that the providers publish."""

import json
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]  # one file is read here; stubs are not worth a dependency

from infra.simulators.calcom.booking_checks import INTEGRATIONS, LOCATIONS

CONTRACTS = Path(os.environ.get("CONTRACTS_DIR", "../shared/contracts")).resolve()
DAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date().isoformat()
TEN, ELEVEN, NOON = (f"{DAY}T{hour}:00:00Z" for hour in (10, 11, 12))
# What the documents call by a wrong type: nullable fields, and webhook ids that are UUIDs.
CALCOM_SLIPS = ("null is not of type", 'is not of type "number"')
NEVER_SENT = {
    # A meeting room's details depend on the video app; the README says that there is none.
    "BOOKING_CREATED": {"conferenceData", "videoCallData", "appsStatus"},
    "BOOKING_RESCHEDULED": {"conferenceData", "videoCallData", "appsStatus"},
    "MEETING_ENDED": {"idempotencyKey", "appsStatus"},
}

pytestmark = [
    pytest.mark.contracts,
    pytest.mark.skipif(not CONTRACTS.exists(), reason="the providers' documents are not on this machine"),
]


def readable(value: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable`, and bounds that are booleans."""
    if isinstance(value, list):
        return [readable(each) for each in value]
    if not isinstance(value, dict):
        return value
    rest = {
        name: readable(each)
        for name, each in value.items()
        if name != "nullable" and not (name.startswith("exclusive") and isinstance(each, bool))
    }
    return {"anyOf": [rest, {"type": "null"}]} if value.get("nullable") is True else rest


@cache
def document(name: str) -> Any:
    text = (CONTRACTS / name).read_text()
    return readable(json.loads(text) if name.endswith(".json") else yaml.safe_load(text))


def problems(name: str, method: str, path: str, answer: Any) -> list[str]:
    described = document(name)
    responses = described["paths"][path][method.lower()]["responses"]
    schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.validator_for({**schema, "components": described["components"]})
    return [error.message for error in validator.iter_errors(answer.json())]


async def test_bookings_and_reservations_have_the_published_shape(salon: Any) -> None:
    name, event_type = "calcom-v2-openapi.core.json", await salon.event_type()
    version = {"cal-api-version": "2024-08-13"}
    made = await salon.book(event_type, TEN, attendee={"phoneNumber": "+4930123456"}, metadata={"a": "b"})
    uid = made.json()["data"]["uid"]
    one, path = await salon.http.get(f"/v2/bookings/{uid}", headers=version), "/v2/bookings/{bookingUid}"
    many = await salon.http.get("/v2/bookings", headers=version)
    moved = await salon.act(uid, "reschedule", {"start": ELEVEN})
    cancelled = await salon.act(moved.json()["data"]["uid"], "cancel", {})
    wish = {"eventTypeId": event_type, "slotStart": NOON}
    reserved = await salon.http.post("/v2/slots/reservations", json=wish)
    assert problems(name, "POST", "/v2/bookings", made) == []
    assert problems(name, "GET", path, one) == []
    assert problems(name, "GET", "/v2/bookings", many) == []
    assert problems(name, "POST", path + "/reschedule", moved) == []
    assert problems(name, "POST", path + "/cancel", cancelled) == []
    assert problems(name, "POST", "/v2/slots/reservations", reserved) == []


def test_a_bookings_locations_are_those_of_the_document() -> None:
    schemas = document("calcom-v2-openapi.core.json")["components"]["schemas"]
    wanted = schemas["CreateBookingInput_2024_08_13"]["properties"]["location"]["oneOf"]
    kinds = [schemas[each["$ref"].rpartition("/")[2]] for each in wanted]
    published = {each["properties"]["type"]["example"]: set(each["required"]) - {"type"} for each in kinds}
    assert {kind: set(looks) for kind, looks in LOCATIONS.items()} == published
    apps = schemas["BookingInputIntegrationLocation_2024_08_13"]["properties"]["integration"]["enum"]
    assert sorted(apps) == sorted(INTEGRATIONS)


async def test_me_and_webhooks_differ_from_the_document_only_in_its_known_slips(salon: Any) -> None:
    name = "calcom-v2-openapi.core.json"
    await salon.webhook("https://hooks.example.org/1", "BOOKING_CREATED", payloadTemplate="{}")
    for path in ("/v2/me", "/v2/webhooks"):
        found = problems(name, "GET", path, await salon.http.get(path))
        assert [text for text in found if not any(slip in text for slip in CALCOM_SLIPS)] == []


async def test_teams_have_the_published_shape(organization: Any) -> None:
    await organization.control.add_team(organization.id)
    answer = await organization.http.get("/v2/teams")
    assert len(answer.json()["data"]) == 1
    assert problems("calcom-v2-openapi.core.json", "GET", "/v2/teams", answer) == []


async def test_retells_assets_and_calls_have_the_published_shape(workspace: Any) -> None:
    name, http = "retell-openapi.yaml", workspace.http
    llm_id = await workspace.llm(begin_message="Guten Tag", general_prompt="Du bist …")
    agent_id = await workspace.agent(llm_id, agent_name="Salon", webhook_url="http://127.0.0.1:1/")
    number = await workspace.number(agent_id)
    placed = await workspace.control.place_call(number, "anonymous", [{"say": "Hallo"}])
    table: list[tuple[str, str, str, Any]] = [
        ("GET", "/get-retell-llm/{llm_id}", llm_id, None),
        ("GET", "/get-agent/{agent_id}", agent_id, None),
        ("GET", "/get-phone-number/{phone_number}", number, None),
        ("GET", "/v2/get-call/{call_id}", placed.call_id, None),
        ("POST", "/v3/list-calls", "", {}),
        ("GET", "/v2/list-phone-numbers", "", None),
        ("GET", "/v2/list-retell-llms", "", None),
        ("GET", "/list-voices", "", None),
        ("GET", "/get-concurrency", "", None),
    ]
    for method, path, key, body in table:
        answer = await http.request(method, path.partition("{")[0] + key.replace("+", "%2B"), json=body)
        assert problems(name, method, path, answer) == [], path


async def test_retells_test_cases_and_what_becomes_of_calls_have_the_published_shape(workspace: Any) -> None:
    name, http = "retell-openapi.yaml", workspace.http
    engine = {"type": "retell-llm", "llm_id": await workspace.llm()}
    mock = {"tool_name": "x", "input_match_rule": {"type": "partial_match", "args": {"a": 1}}, "output": "{}"}
    wish = {"name": "Buchen", "response_engine": engine, "user_prompt": "Buche.", "metrics": ["booked"]}
    made = await http.post("/create-test-case-definition", json={**wish, "tool_mocks": [mock]})
    case_id = made.json()["test_case_definition_id"]
    await workspace.control.configure(test_seconds=0)
    batch = await http.post(
        "/create-batch-test", json={"response_engine": engine, "test_case_definition_ids": [case_id]}
    )
    batch_id = batch.json()["test_case_batch_job_id"]
    number = await workspace.number(await workspace.agent())
    placed = await workspace.control.place_call(number, "anonymous", [{"say": "Hallo"}])
    web = await http.post("/v3/create-web-call", json={"agent_id": await workspace.agent()})
    assert problems(name, "POST", "/create-test-case-definition", made) == []
    assert problems(name, "POST", "/create-batch-test", batch) == []
    table: list[tuple[str, str, str, Any]] = [
        ("GET", "/get-test-case-definition/{test_case_definition_id}", case_id, None),
        ("PUT", "/update-test-case-definition/{test_case_definition_id}", case_id, {"name": "Neu"}),
        ("GET", "/get-batch-test/{test_case_batch_job_id}", batch_id, None),
        ("GET", "/v2/list-test-runs/{test_case_batch_job_id}", batch_id, None),
        ("PATCH", "/v2/update-call/{call_id}", placed.call_id, {"data_storage_setting": "everything"}),
        ("GET", "/v2/get-call/{call_id}", web.json()["call_id"], None),
    ]
    for method, path, key, body in table:
        answer = await http.request(method, path.partition("{")[0] + key, json=body)
        assert problems(name, method, path, answer) == [], path
    query = {"type": "retell-llm", "llm_id": engine["llm_id"]}
    listed = await http.get("/v2/list-test-case-definitions", params=query)
    assert problems(name, "GET", "/v2/list-test-case-definitions", listed) == []


def lacking(mine: Any, published: Any, path: str = "") -> list[str]:
    """Fields of the published body that ours has not; answers of the form differ by event type."""
    if isinstance(published, list) and published and isinstance(mine, list) and mine:
        return lacking(mine[0], published[0], path)
    if (
        not isinstance(published, dict)
        or not isinstance(mine, dict)
        or path.endswith(("responses", "metadata"))
    ):
        return []
    missing = [f"{path}.{name}" for name in published if name not in mine]
    return missing + [
        text
        for name in published
        if name in mine
        for text in lacking(mine[name], published[name], f"{path}.{name}")
    ]


async def test_calcoms_webhooks_have_every_published_field(salon: Any, receiver: Any) -> None:
    triggers = [file.stem for file in (CONTRACTS / "payloads" / "calcom").glob("*.json")]
    hook = await salon.webhook(receiver.url, *(trigger for trigger in triggers if trigger != "PING"))
    booked = await salon.booked(await salon.event_type(), TEN, attendee={"phoneNumber": "+4930123456"})
    moved = (await salon.act(booked["uid"], "reschedule", {"start": ELEVEN})).json()["data"]["uid"]
    await salon.act(moved, "mark-absent", {"attendees": [{"email": "eva@example.org", "absent": True}]})
    await salon.control.end_meeting(moved)
    await salon.act(moved, "cancel", {})
    asked = await salon.booked(await salon.event_type("Asked", requiresConfirmation=True), NOON)
    await salon.act(asked["uid"], "decline", {"reason": "full"})
    await salon.control.ping(hook["id"])
    assert sorted(receiver.events()) == sorted(triggers)
    for arrived in receiver.arrived:
        trigger = arrived.json["triggerEvent"]
        published = json.loads((CONTRACTS / "payloads" / "calcom" / f"{trigger}.json").read_text())
        missing = {text.rpartition(".")[2] for text in lacking(arrived.json, published)}
        assert missing == NEVER_SENT.get(trigger, set()), trigger
