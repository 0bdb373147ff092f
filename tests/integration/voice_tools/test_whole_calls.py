"""A caller at the simulated Retell, whose agent has our tools: what is signed there is understood here."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from infra.simulators.control import PlacedCall, RetellControl
from infra.simulators.runner import Simulators
from shared.contracts.voice import tool_definitions
from tests.integration.voice_tools.salon import MOBILE, Salon, next_open_day
from tests.processes import Process
from tests.support import eventually

_AS_LONG_AS_IT_IS_THERE: Final = 3600


@pytest.fixture
async def exchange(salon: Salon, simulators: Simulators, voice: Process) -> AsyncIterator[RetellControl]:
    """The salon can be called; its agent has the tools of the branch, its number our inbound webhook."""
    async with RetellControl(simulators.retell_url) as control:
        await control.configure(analysis_seconds=0)
        await control.add_workspace(name=salon.company_id, api_key=salon.retell_key)
        await _agent(salon, control.root, voice.url)
        yield control


@pytest.fixture
def dial(salon: Salon, exchange: RetellControl) -> Any:
    """Place a call to the salon."""

    async def place(script: list[dict[str, Any]]) -> PlacedCall:
        return await exchange.place_call(str(salon.branch.phone_number), MOBILE, script)

    return place


async def _agent(salon: Salon, retell: str, voice: str) -> None:
    tools = tool_definitions(salon.branch, f"{voice}/functions/{salon.company_id}", "de-DE")
    headers = {"Authorization": f"Bearer {salon.retell_key}"}
    async with httpx.AsyncClient(base_url=retell, headers=headers, trust_env=False) as api:
        llm = await _made(api, "/create-retell-llm", {"start_speaker": "agent", "general_tools": tools})
        engine = {"type": "retell-llm", "llm_id": llm["llm_id"]}
        agent = await _made(api, "/create-agent", {"response_engine": engine, "voice_id": "11labs-Carola"})
        await api.post(f"/publish-agent-version/{agent['agent_id']}", json={"version": 0})
        number = {
            "phone_number": salon.branch.phone_number,
            "termination_uri": "trunk.example.org",
            "inbound_agents": [{"agent_id": agent["agent_id"], "weight": 1}],
            "inbound_webhook_url": f"{voice}/calls/inbound/{salon.company_id}",
        }
        await _made(api, "/import-phone-number", number)


async def _made(api: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _check() -> dict[str, Any]:
    wish = {"service": "herrenschnitt", "date": next_open_day().isoformat(), "time": "10:00"}
    return {"function": "check_availability", "args": wish}


def _book() -> dict[str, Any]:
    letter = "{{results.0.slots.0.code}}"
    return {
        "function": "book_appointment",
        "args": {"slot_code": letter, "customer_name": "Anna Meyer", "caller_confirmed": True},
    }


async def test_a_call_that_books_leaves_one_booking(dial: Any, salon: Salon) -> None:
    placed = await dial(
        [{"say": "Dienstag um zehn?"}, _check(), {"say": "Ja, bitte."}, _book(), {"hangup": "agent"}]
    )
    statuses = [_answer(function)["status"] for function in placed.functions]
    assert statuses == ["free", "booked"]
    [booking] = await salon.bookings_at_calcom()
    assert booking["metadata"]["call_id"] == placed.call_id
    assert placed.call["retell_llm_dynamic_variables"]["anrufer_nummer_bekannt"] == "ja"


async def test_a_caller_who_waits_hears_the_result_in_the_same_call(dial: Any, salon: Salon) -> None:
    await salon.calcom.fault("POST /v2/bookings", "latency", seconds=4, times=1)
    placed = await dial(
        [
            {"say": "Dienstag um zehn?"},
            _check(),
            {"say": "Ja, bitte."},
            _book(),
            {"silence": 4},
            {"hangup": "user"},
        ]
    )
    assert _answer(placed.functions[1])["status"] == "pending"
    heard = json.dumps([placed.dialogue, placed.call], ensure_ascii=False)
    assert "um 10 Uhr ist eingetragen" in heard
    assert len(await salon.bookings_at_calcom()) == 1


async def test_retell_keeps_nothing_of_what_was_said_as_soon_as_the_caller_says_no(
    exchange: RetellControl, salon: Salon
) -> None:
    refusal = {"function": "record_consent", "args": {"allowed": False}}
    script = [{"say": "Nein, keine Aufnahme."}, refusal, {"silence": _AS_LONG_AS_IT_IS_THERE}]
    call_id = await exchange.start_call(str(salon.branch.phone_number), MOBILE, script)

    async def tight() -> bool:
        call = (await exchange.look_at_call(call_id)).call
        return (call["call_status"], call.get("data_storage_setting")) == ("ongoing", "basic_attributes_only")

    await eventually(tight, of="nothing more is kept of a call that goes on")


def _answer(function: dict[str, Any]) -> dict[str, Any]:
    answer = function["answer"]
    return dict(json.loads(answer) if isinstance(answer, str) else answer)
