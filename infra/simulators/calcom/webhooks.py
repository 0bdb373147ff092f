"""Cal.com's webhooks: each matching one is sent once, signed, awaited inside the causing request."""

import asyncio
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from infra.simulators.calcom import payloads
from infra.simulators.calcom.times import iso
from infra.simulators.delivery import Outgoing
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_ROW_TRIGGERS = {"MEETING_STARTED", "MEETING_ENDED"}


def signature(secret: str | None, body: bytes) -> str:
    """Bare lower-case hex; without a secret the provider sends this literal."""
    if not secret:
        return "no-secret-provided"
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def matching(simulator: Simulator, trigger: str, event_type: Document) -> list[Document]:
    """The active webhooks of the event type, its owner and its hosts."""
    users = {event_type["ownerId"]} | {host["userId"] for host in event_type["hosts"]}
    return [
        webhook
        for webhook in simulator.store.all("webhooks")
        if webhook["active"]
        and trigger in webhook["triggers"]
        and (
            webhook["eventTypeId"] == event_type["id"]
            or (webhook["eventTypeId"] is None and webhook["userId"] in users)
        )
    ]


async def announce(
    simulator: Simulator,
    trigger: str,
    event_type: Document,
    booking: Document,
    previous: Document | None = None,
) -> None:
    """Returns when every receiver has answered, whatever it answered; nothing is sent again."""
    content = payloads.payload(trigger, event_type, booking, previous)
    await _to_all(simulator, trigger, event_type, {"payload": content})


async def announce_absence(
    simulator: Simulator, event_type: Document, booking: Document, absent: dict[str, bool]
) -> None:
    """BOOKING_NO_SHOW_UPDATED, as `announce`."""
    content = {"payload": payloads.absence(booking, absent)}
    await _to_all(simulator, "BOOKING_NO_SHOW_UPDATED", event_type, content)


async def announce_meeting(
    simulator: Simulator, trigger: str, event_type: Document, booking: Document
) -> None:
    """MEETING_STARTED or MEETING_ENDED, as `announce`."""
    await _to_all(simulator, trigger, event_type, payloads.flat_meeting(event_type, booking))


async def _to_all(simulator: Simulator, trigger: str, event_type: Document, content: Document) -> None:
    webhooks = matching(simulator, trigger, event_type)
    await asyncio.gather(*(send(simulator, webhook, trigger, content) for webhook in webhooks))


async def send(simulator: Simulator, webhook: Document, trigger: str, content: Document) -> int | None:
    """One attempt with its own `createdAt`; the receiver's status, None without an answer."""
    made = {} if trigger in _ROW_TRIGGERS else {"createdAt": iso(simulator.clock.now())}
    body, kind = _body(webhook, {"triggerEvent": trigger, **made, **content})
    headers = {
        "content-type": kind,
        "x-cal-signature-256": signature(webhook["secret"], body),
        "x-cal-webhook-version": webhook["version"],
    }
    outgoing = Outgoing(event=trigger, url=webhook["subscriberUrl"], body=body, headers=headers)
    return (await simulator.sender.send(outgoing)).status


def _body(webhook: Document, content: Document) -> tuple[bytes, str]:
    template = webhook["payloadTemplate"]
    if not template:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), "application/json"
    filled = _fill(template, {**content, **content.get("payload", {})})
    try:
        return json.dumps(json.loads(filled)).encode(), "application/json"
    except ValueError:
        return urlencode({"payload": filled}).encode(), "application/x-www-form-urlencoded"


def _fill(template: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", str(value))
    return template
