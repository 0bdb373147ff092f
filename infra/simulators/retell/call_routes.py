"""The endpoints of calls, voices, concurrency and the key."""

from typing import Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulators.retell import calls
from infra.simulators.retell.access import Call, endpoint, page
from infra.simulators.retell.call_creation import create_phone_call, create_web_call
from infra.simulators.retell.call_filters import filter_calls
from infra.simulators.retell.call_updates import update_call, update_live
from infra.simulators.retell.catalogue import VOICES
from infra.simulators.retell.checks import an_object
from infra.simulators.retell.phone import Phone


async def _get(call: Call) -> Any:
    return calls.shown(calls.record_of(call.simulator, call.path("call_id"), call.owner))


async def _list(call: Call) -> Any:
    body = await call.json()
    mine = [calls.listed(each) for each in call.store.all("calls") if each["workspace"] == call.owner]
    an_object(body, "filter_criteria")
    found = filter_calls(mine, body.get("filter_criteria") or {})
    found.sort(key=lambda each: each.get("start_timestamp") or 0)
    answer = page(call, found, "call_id", body)
    return {**answer, "total": len(found)} if body.get("include_total") else answer


async def _voices(_: Call) -> Any:
    return JSONResponse(list(VOICES))


async def _key_info(call: Call) -> Any:
    return {"org_id": call.owner, "org_name": call.workspace["name"], "api_key_name": "default"}


def _concurrency(phone: Phone) -> Any:
    async def work(call: Call) -> Any:
        limit = int(call.simulator.settings["concurrency_limit"])
        return {
            "current_concurrency": len(phone.live),
            "concurrency_limit": limit,
            "base_concurrency": limit,
            "purchased_concurrency": 0,
            "concurrency_purchase_limit": 80,
            "remaining_purchase_limit": 80,
            "concurrency_burst_enabled": False,
            "concurrency_burst_limit": 0,
        }

    return work


def call_routes(phone: Phone) -> list[Route]:
    """Calls, voices, concurrency, the key."""
    simulator = phone.simulator
    live = "/v2/update-live-call/{call_id}"
    return [
        Route("/v2/get-call/{call_id}", endpoint(simulator, _get), methods=["GET"]),
        Route("/v3/list-calls", endpoint(simulator, _list), methods=["POST"]),
        Route("/v2/create-phone-call", endpoint(simulator, create_phone_call, 201), methods=["POST"]),
        Route("/v3/create-web-call", endpoint(simulator, create_web_call, 201), methods=["POST"]),
        Route(live, endpoint(simulator, update_live(phone)), methods=["PATCH"]),
        Route("/v2/update-call/{call_id}", endpoint(simulator, update_call), methods=["PATCH"]),
        Route("/list-voices", endpoint(simulator, _voices), methods=["GET"]),
        Route("/get-concurrency", endpoint(simulator, _concurrency(phone)), methods=["GET"]),
        Route("/get-api-key-info", endpoint(simulator, _key_info), methods=["GET"]),
    ]
