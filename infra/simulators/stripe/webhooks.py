"""Stripe's events and webhooks: kept, signed anew for each attempt, repeated until a 2xx or the end."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterable

from infra.simulators.delivery import Delivered, Outgoing
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document
from infra.simulators.stripe.objects import new_id, now

_TIMEOUT = 10.0


def signature(secrets: Iterable[str], body: bytes, seconds: int) -> str:
    """`t=…,v1=…` with one v1 per secret (two while one is rolled), and a v0 that nobody shall trust."""
    signed = str(seconds).encode() + b"." + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    versions = "".join(f",v1={mark}" for mark in marks)
    return f"t={seconds}{versions},v0={hashlib.sha256(body).hexdigest()}"


def make_event(simulator: Simulator, kind: str, subject: Document, previous: Document | None) -> Document:
    """Kept with the object as it is now; `previous` are the changed attributes of an update."""
    data: Document = {"object": subject}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Document = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": simulator.settings["api_version"],
        "created": now(simulator),
        "type": kind,
        "data": data,
        "livemode": False,
        "pending_webhooks": len(simulator.store.all("endpoints")),
        "request": {"id": new_id("req"), "idempotency_key": None},
    }
    return simulator.store.put("events", event["id"], event)


async def announce(
    simulator: Simulator, kind: str, subject: Document, previous: Document | None = None
) -> Document:
    """Returns after the first attempt at every endpoint; the rest happens in the background."""
    event = make_event(simulator, kind, subject, previous)
    await resend(simulator, event)
    return event


async def resend(simulator: Simulator, event: Document) -> None:
    """The same event once more, as from the dashboard."""
    endpoints = [
        endpoint
        for endpoint in simulator.store.all("endpoints")
        if {"*", event["type"]} & set(endpoint["enabled_events"])
    ]
    await asyncio.gather(*(_first(simulator, endpoint, event) for endpoint in endpoints))


async def _first(simulator: Simulator, endpoint: Document, event: Document) -> None:
    delivered = await _attempt(simulator, endpoint, event, 1)
    if not delivered.settled:
        simulator.background.spawn(_repeat(simulator, endpoint, event))


async def _repeat(simulator: Simulator, endpoint: Document, event: Document) -> Delivered:
    """Only 2xx counts: redirects and refusals are failures too."""
    delivered = Delivered(None)
    for number in range(int(simulator.settings["webhook_retries"])):
        await asyncio.sleep(float(simulator.settings["webhook_retry_seconds"]) * 2**number)
        delivered = await _attempt(simulator, endpoint, event, number + 2)
        if delivered.accepted:
            return delivered
    return delivered


async def _attempt(simulator: Simulator, endpoint: Document, event: Document, attempt: int) -> Delivered:
    rendered = {**event, "api_version": endpoint["api_version"] or event["api_version"]}
    body = json.dumps(rendered, indent=2, ensure_ascii=False).encode()
    headers = {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": signature(endpoint["secrets"], body, now(simulator)),
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    outgoing = Outgoing(event["type"], endpoint["url"], body, headers, timeout=_TIMEOUT, attempt=attempt)
    return await simulator.sender.send(outgoing)
