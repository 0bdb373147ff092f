"""Calls that the project starts: a phone that rings, and a room in a browser."""

import re
import secrets
from typing import Any

from infra.simulators.retell import calls
from infra.simulators.retell.access import Call
from infra.simulators.retell.checks import an_object, refuse, required, text, texts
from infra.simulators.retell.errors import Refusal, unknown_asset
from infra.simulators.retell.line import load_agent
from infra.simulators.store import Document

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_KEY_SECONDS = 3600
# How long a browser may wait before it enters; the provider publishes no figure.
_TOKEN_SECONDS = 300


def _repeated(call: Call, key: Any) -> Document | None:
    """The call that this idempotency key made within the last hour."""
    known = call.store.get("idempotency", f"{call.owner}:{key}") if key else None
    if known is None or known["at"] + _KEY_SECONDS < call.simulator.clock.timestamp():
        return None
    return calls.shown(calls.record_of(call.simulator, known["call_id"]))


async def create_phone_call(call: Call) -> Any:
    """One call per idempotency key and hour."""
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
        **_of_agent(agent),
        "metadata": body.get("metadata"),
        "retell_llm_dynamic_variables": body.get("retell_llm_dynamic_variables"),
    }


async def create_web_call(call: Call) -> Any:
    """Registered until somebody enters; the answer is how to enter, the call itself is told by get-call."""
    body = await call.json()
    required(body, "agent_id")
    text(body, "agent_id", "current_node_id", "current_state")
    texts(body, "retell_llm_dynamic_variables")
    an_object(body, "metadata", "agent_override")
    token = secrets.token_urlsafe(32)
    record = calls.new_call(call.simulator, call.owner, _web(call, body, token))
    return {
        "access_token": token,
        "call_id": record["id"],
        "expires_at": call.simulator.clock.milliseconds() + _TOKEN_SECONDS * 1000,
        "ice_servers": [{"urls": "stun:stun.example.com:3478"}],
        "transport": "gateway",
    }


def _web(call: Call, body: Document, token: str) -> Document:
    agent, _ = load_agent(call.simulator, call.owner, body["agent_id"], body.get("agent_version"))
    return {
        "call_type": "web_call",
        "access_token": token,
        **_of_agent(agent),
        "metadata": body.get("metadata"),
        "retell_llm_dynamic_variables": body.get("retell_llm_dynamic_variables"),
    }


def _of_agent(agent: Document) -> Document:
    return {
        "agent_id": agent["agent_id"],
        "agent_version": agent["version"],
        "agent_name": agent.get("agent_name"),
        "data_storage_setting": agent.get("data_storage_setting"),
    }
