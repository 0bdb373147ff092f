"""What providers and other systems send, how often each of them repeats it, and what it has to lead to."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from shared.clients.signatures import StandardWebhooks, sign_calcom, sign_retell, sign_stripe
from tests.processes import EVENTS_SECRET, STRIPE_SECRET

#: Stripe repeats for three days, our own producers for ever: both get through in the end.
_PERSISTENT: Final = 1000
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a message says of one row: of all claims that arrived the highest ``rank`` decides its state."""

    table: str
    row: str
    rank: int
    state: str


@dataclass(frozen=True, slots=True)
class Message:
    """``attempts``: how often its sender tries until it is accepted; signed anew each time."""

    path: str
    raw: bytes
    sign: Callable[[bytes], dict[str, str]]
    attempts: int
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant with accounts at the providers. ``event_type``: what can be booked there."""

    id: str
    retell_key: str
    calcom_key: str
    calcom_secret: str
    event_type: int


def calcom(company: Company, trigger: str, payload: dict[str, Any], *claims: Claim) -> Message:
    """A webhook of Cal.com, which is never sent again."""
    body = {"triggerEvent": trigger, "createdAt": datetime.now(UTC).isoformat(), "payload": payload}

    def sign(raw: bytes) -> dict[str, str]:
        return {"X-Cal-Signature-256": sign_calcom(raw, company.calcom_secret), "Content-Type": _JSON}

    return Message(f"/webhooks/calcom/{company.id}", json.dumps(body).encode(), sign, 1, claims)


def retell(company: Company, event: str, call: dict[str, Any], *claims: Claim) -> Message:
    """A webhook of Retell, which is sent again three times."""

    def sign(raw: bytes) -> dict[str, str]:
        signature = sign_retell(raw, company.retell_key, int(time.time() * 1000))
        return {"X-Retell-Signature": signature, "Content-Type": _JSON}

    raw = json.dumps({"event": event, "call": call}).encode()
    return Message(f"/webhooks/retell/{company.id}", raw, sign, 4, claims)


def stripe(event: dict[str, Any], *claims: Claim) -> Message:
    """A webhook of Stripe."""

    def sign(raw: bytes) -> dict[str, str]:
        return {"Stripe-Signature": sign_stripe(raw, STRIPE_SECRET, int(time.time())), "Content-Type": _JSON}

    return Message("/webhooks/stripe", json.dumps(event).encode(), sign, _PERSISTENT, claims)


def internal(event_id: str, type_: str, company: Company, data: dict[str, Any], *claims: Claim) -> Message:
    """An event of another system of ours, at ``/events``."""
    event = {
        "specversion": "1.0", "id": event_id, "source": "upstream", "type": type_,
        "companyid": company.id, "data": data,
    }  # fmt: skip

    def sign(raw: bytes) -> dict[str, str]:
        signed = StandardWebhooks(EVENTS_SECRET).sign(raw, event_id, datetime.now(UTC))
        return {**signed, "Content-Type": "application/cloudevents+json"}

    return Message("/events", json.dumps(event).encode(), sign, _PERSISTENT, claims)
