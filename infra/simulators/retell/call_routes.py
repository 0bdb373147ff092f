"""The endpoints of calls, voices, concurrency and the key."""

import re
from typing import Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.simulators.retell import calls
from infra.simulators.retell.access import Call, endpoint, page
from infra.simulators.retell.call_filters import filter_calls
from infra.simulators.retell.catalogue import STORAGE, VOICES
from infra.simulators.retell.checks import an_object, one_of, refuse, required, text, texts
from infra.simulators.retell.errors import Refusal, unknown_asset
from infra.simulators.retell.line import load_agent
from infra.simulators.retell.phone import Phone
from infra.simulators.store import Document

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_KEY_SECONDS = 3600


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


def _repeated(call: Call, key: Any) -> Document | None:
    """The call that this idempotency key made within the last hour."""
    known = call.store.get("idempotency", f"{call.owner}:{key}") if key else None
    if known is None or known["at"] + _KEY_SECONDS < call.simulator.clock.timestamp():
        return None
    return calls.shown(calls.record_of(call.simulator, known["call_id"]))


async def _create(call: Call) -> Any:
    body = await call.json()
    required(body, "from_number", "to_number")
    text(body, "from_number", "to_number", "override_agent_id", "idempotency_key")
    texts(body, "retell_llm_dynamic_variables")
    an_object(body, "metadata")
    if repeated := _repeated(call, body.get("idempotency_key")):
        return repeated
    number = call.store.get("numbers", body["from_number"])
    if number is None or number["workspace"] != call.owner:
        raise unknown_asset()
    if not _E164.fullmatch(body["to_number"]):
        raise refuse("to_number", "must be in E.164 format")
    record = calls.new_call(call.simulator, call.owner, _outbound(call, number, body))
    if key := body.get("idempotency_key"):
        made = {"call_id": record["id"], "at": call.simulator.clock.timestamp()}
        call.store.put("idempotency", f"{call.owner}:{key}", made)
    return calls.shown(record)


def _outbound(call: Call, number: Document, body: Document) -> Document:
    bound = (number.get("outbound_agents") or [{}])[0]
    agent_id = body.get("override_agent_id") or bound.get("agent_id")
    if agent_id is None:
        raise Refusal(400, f"No outbound agent id set up for phone number {number['phone_number']}")
    version = body.get("override_agent_version", bound.get("agent_version"))
    agent, _ = load_agent(call.simulator, call.owner, agent_id, version)
    return {
        "from_number": body["from_number"],
        "to_number": body["to_number"],
        "direction": "outbound",
        "agent_id": agent_id,
        "agent_version": agent["version"],
        "agent_name": agent.get("agent_name"),
        "metadata": body.get("metadata"),
        "retell_llm_dynamic_variables": body.get("retell_llm_dynamic_variables"),
        "data_storage_setting": agent.get("data_storage_setting"),
    }


def _update_live(phone: Phone) -> Any:
    async def work(call: Call) -> Any:
        record = calls.record_of(call.simulator, call.path("call_id"), call.owner)
        line = phone.live.get(record["id"])
        if line is None:
            raise Refusal(400, "Call is not ongoing")
        body = await call.json()
        an_object(body, "fields_to_override", "call_control")
        changes = _overrides(record["call"], body.get("fields_to_override") or {})
        context = _context(body.get("call_control") or {})
        line.change(**changes)
        if context:
            line.dialogue.inject(context)
        return calls.shown(calls.record_of(call.simulator, record["id"]))

    return work


def _context(control: Document) -> str | None:
    context = control.get("additional_context")
    if context is not None and not (isinstance(context, str) and context):
        raise refuse("call_control.additional_context", "must NOT have fewer than 1 characters")
    return context


def _overrides(call: Document, fields: Document) -> Document:
    """The storage setting can only become tighter."""
    changes: Document = {}
    if (wanted := fields.get("data_storage_setting")) is not None:
        one_of(fields, "data_storage_setting", STORAGE)
        if STORAGE.index(wanted) < STORAGE.index(call.get("data_storage_setting") or "everything"):
            raise Refusal(400, "data_storage_setting cannot be downgraded to a less restrictive setting")
        changes["data_storage_setting"] = wanted
    if "metadata" in fields:
        an_object(fields, "metadata")
        changes["metadata"] = fields["metadata"]
    if "override_dynamic_variables" in fields:
        texts(fields, "override_dynamic_variables")
        old = call.get("retell_llm_dynamic_variables") or {}
        changes["retell_llm_dynamic_variables"] = {**old, **(fields["override_dynamic_variables"] or {})}
    return changes


def call_routes(phone: Phone) -> list[Route]:
    """Calls, voices, concurrency, the key."""
    simulator = phone.simulator
    live = "/v2/update-live-call/{call_id}"
    return [
        Route("/v2/get-call/{call_id}", endpoint(simulator, _get), methods=["GET"]),
        Route("/v3/list-calls", endpoint(simulator, _list), methods=["POST"]),
        Route("/v2/create-phone-call", endpoint(simulator, _create, 201), methods=["POST"]),
        Route(live, endpoint(simulator, _update_live(phone)), methods=["PATCH"]),
        Route("/list-voices", endpoint(simulator, _voices), methods=["GET"]),
        Route("/get-concurrency", endpoint(simulator, _concurrency(phone)), methods=["GET"]),
        Route("/get-api-key-info", endpoint(simulator, _key_info), methods=["GET"]),
    ]
