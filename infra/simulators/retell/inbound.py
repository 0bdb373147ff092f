"""The webhook that asks, before an inbound call is answered, who shall answer it and with which variables."""

import json
from dataclasses import dataclass, field
from typing import Any

from infra.simulators.delivery import Outgoing
from infra.simulators.retell.number_rules import is_dialled
from infra.simulators.retell.webhooks import encode, post_signed
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_TIMEOUT = 10.0
_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Reception:
    """The receiver's wishes; empty when it could not be reached, for the call goes on without it."""

    variables: dict[str, str] = field(default_factory=dict)
    metadata: Document = field(default_factory=dict)
    agent_id: str | None = None
    agent_version: Any = None
    reject: bool = False


async def ask(simulator: Simulator, key: str, number: Document, call: Document) -> Reception:
    """One try and up to three retries of 10 s each: for the caller they are ringing."""
    url = number.get("inbound_webhook_url")
    if not url or is_dialled(number):
        return Reception()
    names = ("call_id", "agent_id", "agent_version", "from_number", "to_number")
    inbound = {name: call[name] for name in names if call.get(name) is not None}
    body = encode({"event": "call_inbound", "call_inbound": {**inbound, "custom_sip_headers": {}}})
    for attempt in range(1, _RETRIES + 2):
        outgoing = Outgoing("call_inbound", url, body, {}, timeout=_TIMEOUT, attempt=attempt)
        delivered = await post_signed(simulator, key, outgoing)
        if delivered.settled:
            return _read(delivered.body)
    return Reception()


def _read(body: bytes) -> Reception:
    """An answer that cannot be read counts as an empty one; variables must be strings."""
    wishes = _object(_object(_parsed(body)).get("call_inbound"))
    variables = _object(wishes.get("dynamic_variables"))
    return Reception(
        variables={name: value for name, value in variables.items() if isinstance(value, str)},
        metadata=_object(wishes.get("metadata")),
        agent_id=wishes.get("override_agent_id"),
        agent_version=wishes.get("override_agent_version"),
        reject=bool(wishes.get("reject")),
    )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _object(value: Any) -> Document:
    return value if isinstance(value, dict) else {}
