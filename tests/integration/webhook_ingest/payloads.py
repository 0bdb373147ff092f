"""Bodies as each provider sends them."""

import json
from typing import Any


def calcom(trigger: Any = "BOOKING_CREATED", **payload: Any) -> bytes:
    body = {
        "triggerEvent": trigger,
        "createdAt": "2019-01-01T00:00:00.000Z",
        "payload": {"uid": "u1", **payload},
    }
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def retell(event: Any = "call_ended", **call: Any) -> bytes:
    return json.dumps({"event": event, "call": {"call_id": "call_1", **call}}).encode()


def stripe(**event: Any) -> bytes:
    return json.dumps(
        {"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}, **event}
    ).encode()
