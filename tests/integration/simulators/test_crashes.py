"""A simulator that crashes answers as its provider would, and writes it down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from infra.simulators.calcom.errors import envelope
from infra.simulators.gateway import Gateway
from infra.simulators.retell.errors import shape as retell_shape
from infra.simulators.server import HttpServer
from infra.simulators.simulator import Simulator, open_simulator
from infra.simulators.stripe.access import remember_fault
from infra.simulators.stripe.errors import shape as stripe_shape


async def crash(*_: Any) -> None:
    raise RuntimeError("a mistake of ours")


async def answer_of(app: ASGIApp, headers: dict[str, str]) -> httpx.Response:
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            return await http.post("/v2/bookings", json={"a": 1}, headers=headers)
    finally:
        await server.stop()


async def crashed(shape: Callable[..., Any], **details: Any) -> tuple[httpx.Response, Simulator]:
    simulator = open_simulator("crashing", {}, None)
    remember = remember_fault(simulator) if "key" in details else None
    headers = {"idempotency-key": details["key"]} if "key" in details else {}
    return await answer_of(Gateway(crash, simulator, shape, remember), headers), simulator


async def test_a_crash_is_a_500_in_cal_coms_envelope_and_in_the_log() -> None:
    answer, simulator = await crashed(envelope)
    body = answer.json()
    assert (answer.status_code, body["status"], body["path"]) == (500, "error", "/v2/bookings")
    assert body["error"]["code"] == "InternalServerErrorException"
    (entry,) = simulator.requests.entries(None, None)
    assert (entry["status"], entry["body"]) == (500, '{"a":1}')


async def test_a_crash_is_a_500_in_retells_shape_and_in_the_log() -> None:
    answer, simulator = await crashed(retell_shape)
    assert (answer.status_code, answer.json()["status"]) == (500, "error")
    assert [entry["status"] for entry in simulator.requests.entries(None, None)] == [500]


async def test_a_crash_at_stripe_is_its_result_under_the_idempotency_key() -> None:
    answer, simulator = await crashed(stripe_shape, key="k1")
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "api_error")
    kept = simulator.store.get("idempotency", "k1") or {}
    assert (kept["status"], kept["content"]) == (500, answer.text)


DAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date().isoformat()
TEN = f"{DAY}T10:00:00Z"
ODD: tuple[Any, ...] = (None, 7, True, "x", [], ["x"], [7], [[]], [{}], {}, {"x": {}}, {"type": []})


async def statuses(http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> dict[str, int]:
    """What the endpoint says when one field after the other is odd, and the body as a whole."""
    bodies = {f"{name}={odd}": {**body, name: odd} for name in body for odd in ODD}
    bodies |= {f"body={odd}": odd for odd in ODD}
    answers = {what: await http.request(method, path, json=each) for what, each in bodies.items()}
    return {what: answer.status_code for what, answer in answers.items() if answer.status_code >= 500}


RETELL: dict[str, dict[str, Any]] = {
    "POST /create-retell-llm": dict.fromkeys(
        ("start_speaker", "model", "model_temperature", "model_config", "general_tools", "begin_message",
         "default_dynamic_variables", "general_prompt", "states"), None),
    "POST /create-agent": dict.fromkeys(
        ("response_engine", "voice_id", "fallback_voice_ids", "language", "webhook_url", "webhook_events",
         "post_call_analysis_data", "timezone", "data_storage_setting", "voice_speed", "agent_name"), None),
    "POST /v2/list-agents": dict.fromkeys(("filter_criteria",), None),
    "POST /create-phone-number": dict.fromkeys(
        ("country_code", "number_provider", "phone_number", "area_code", "inbound_agents", "nickname"), None),
    "POST /import-phone-number": dict.fromkeys(
        ("phone_number", "termination_uri", "ignore_e164_validation", "inbound_agents", "transport",
         "inbound_webhook_url", "sip_trunk_auth_username"), None),
    "POST /v3/list-calls": dict.fromkeys(
        ("filter_criteria", "limit", "skip", "sort_order", "pagination_key", "include_total"), None),
    "POST /v2/create-phone-call": dict.fromkeys(
        ("from_number", "to_number", "override_agent_id", "override_agent_version", "metadata",
         "retell_llm_dynamic_variables", "idempotency_key"), None),
    "POST /v3/create-web-call": dict.fromkeys(
        ("agent_id", "agent_version", "metadata", "retell_llm_dynamic_variables", "current_state"), None),
    "POST /create-test-case-definition": dict.fromkeys(
        ("name", "response_engine", "user_prompt", "metrics", "dynamic_variables", "tool_mocks", "llm_model"),
        None),
    "POST /create-batch-test": dict.fromkeys(("response_engine", "test_case_definition_ids"), None),
}  # fmt: skip


RETELL_CHANGES: dict[str, tuple[str, ...]] = {
    "PATCH /update-retell-llm/{llm}": ("general_tools", "model_config", "general_prompt"),
    "PATCH /update-agent/{agent}": ("response_engine", "webhook_events", "voice_id", "version_title"),
    "POST /create-agent-version/{agent}": ("base_version",),
    "POST /publish-agent-version/{agent}": ("version", "version_title"),
    "PATCH /update-phone-number/{number}": ("inbound_agents", "auth_username", "transport", "nickname"),
    "PATCH /v2/update-live-call/{call}": ("fields_to_override", "call_control"),
    "PATCH /v2/update-call/{ended}": ("metadata", "data_storage_setting", "custom_attributes"),
}


@pytest.mark.parametrize("endpoint", RETELL_CHANGES)
async def test_no_odd_value_makes_retell_crash_when_something_is_changed(
    workspace: Any, endpoint: str
) -> None:
    llm = await workspace.llm()
    agent = await workspace.agent(llm)
    number = await workspace.number(agent)
    call = await workspace.control.start_call(number, "anonymous", [{"silence": 30}])
    ended = (await workspace.control.place_call(number, "anonymous", [])).call_id
    ids = {"ended": ended, "llm": llm, "agent": agent, "number": number.replace("+", "%2B"), "call": call}
    method, path = endpoint.format(**ids).split(" ")
    assert await statuses(workspace.http, method, path, dict.fromkeys(RETELL_CHANGES[endpoint])) == {}


@pytest.mark.parametrize("limit", ["x", "0", "1001", "1.5", "²", "", "-1"])
async def test_a_limit_that_is_no_number_is_refused(workspace: Any, limit: str) -> None:
    for path in ("/v2/list-retell-llms", "/v2/list-phone-numbers"):
        assert (await workspace.http.get(path, params={"limit": limit})).status_code == 400
    answer = await workspace.http.post("/v3/list-calls", json={"limit": limit})
    assert (answer.status_code, answer.json()["status"]) == (400, "error")


CALCOM: dict[str, tuple[str, ...]] = {
    "POST /v2/bookings": (
        "start", "eventTypeId", "attendee", "guests", "location", "metadata", "bookingFieldsResponses",
        "lengthInMinutes", "recurrenceCount", "routing", "eventTypeSlug", "username", "allowConflicts"),
    "POST /v2/event-types": (
        "title", "slug", "lengthInMinutes", "lengthInMinutesOptions", "bookingFields", "hosts", "locations",
        "seats", "recurrence", "confirmationPolicy", "schedulingType", "metadata"),
    "POST /v2/webhooks": ("active", "subscriberUrl", "triggers", "secret", "version", "payloadTemplate"),
    "POST /v2/slots/reservations": ("eventTypeId", "slotStart", "slotDuration", "reservationDuration"),
}  # fmt: skip


@pytest.mark.parametrize("endpoint", CALCOM)
async def test_no_odd_value_makes_cal_com_crash(salon: Any, endpoint: str) -> None:
    method, path = endpoint.split(" ")
    good = {
        "start": TEN,
        "slotStart": TEN,
        "eventTypeId": await salon.event_type(),
        "attendee": {"name": "Eva", "timeZone": "Europe/Berlin", "email": "eva@example.org"},
        "title": "Cut",
        "slug": "cut",
        "lengthInMinutes": 30 if "event-types" in path else None,
    }
    salon.http.headers["cal-api-version"] = "2026-02-25"
    assert await statuses(salon.http, method, path, {name: good.get(name) for name in CALCOM[endpoint]}) == {}


@pytest.mark.parametrize(
    "query",
    [
        "/v2/slots?start=9999-12-31&end=9999-12-31",
        "/v2/slots?start=0001-01-01T00:00:00%2B14:00&end=2026-12-01",
        "/v2/slots?start=2026-12-01&end=2026-12-02&duration=²",
        "/v2/slots?start=2026-12-01&end=2026-12-02&timeZone=x",
        "/v2/bookings?take=²",
        "/v2/bookings?afterStart=9999-12-31T23:59:59-01:00",
        "/v2/bookings?status=x",
    ],
)
async def test_an_odd_query_is_refused(salon: Any, query: str) -> None:
    wanted = f"&eventTypeId={await salon.event_type()}" if "slots" in query else ""
    version = {"cal-api-version": "2024-09-04" if wanted else "2026-02-25"}
    assert (await salon.http.get(query + wanted, headers=version)).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "/v1/events?limit=x", None),
        ("GET", "/v1/events?limit=0", None),
        ("GET", "/v1/events?limit=101", None),
        ("POST", "/v1/checkout/sessions", "mode=subscription&success_url=https://x&line_items=x"),
        ("POST", "/v1/checkout/sessions", "mode=subscription&success_url=https://x&line_items[0]=x"),
        ("POST", "/v1/checkout/sessions", "mode=subscription&mode[a]=b"),
        ("POST", "/v1/checkout/sessions", "mode[a]=b&mode=subscription"),
        ("POST", "/v1/customers", "[]=x&metadata=x&metadata[a]=b"),
    ],
)
async def test_an_odd_form_is_refused_by_stripe(
    stripe_control: Any, method: str, path: str, form: str | None
) -> None:
    headers = {"Authorization": "Bearer sk_test_salon", "Content-Type": "application/x-www-form-urlencoded"}
    async with httpx.AsyncClient(base_url=stripe_control.root, headers=headers, trust_env=False) as http:
        answer = await http.request(method, path, content=form)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize("endpoint", RETELL)
async def test_no_odd_value_makes_retell_crash(workspace: Any, endpoint: str) -> None:
    agent = await workspace.agent()
    number = await workspace.number(agent)
    method, path = endpoint.split(" ")
    voice = {"voice_id": "11labs-Carola", "start_speaker": "agent"}
    case = {"name": "Buchen", "user_prompt": "Buche.", "metrics": [], "agent_id": agent}
    engine = {"response_engine": {"type": "retell-llm", "llm_id": await workspace.llm()}}
    good = {
        **voice,
        **engine,
        **case,
        "from_number": number,
        "to_number": number,
        "termination_uri": "t.example",
    }
    body = {name: good.get(name) for name in RETELL[endpoint]}
    assert await statuses(workspace.http, method, path, body) == {}
