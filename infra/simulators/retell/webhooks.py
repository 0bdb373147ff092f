"""Retell's webhooks: signed anew for each attempt, in order, retried without holding the next event."""

import asyncio
import json

from infra.simulators.delivery import Delivered, Outgoing
from infra.simulators.retell.catalogue import USUAL_EVENTS
from infra.simulators.retell.signing import signature
from infra.simulators.retell.templates import fill
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document


def encode(content: Document) -> bytes:
    """As Node writes JSON: no spaces, no escapes above ASCII."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


async def post_signed(simulator: Simulator, key: str, outgoing: Outgoing) -> Delivered:
    """One attempt, signed now."""
    headers = {
        "content-type": "application/json",
        **outgoing.headers,
        "x-retell-signature": signature(key, outgoing.body, simulator.clock.milliseconds()),
    }
    signed = Outgoing(
        event=outgoing.event,
        url=outgoing.url,
        body=outgoing.body,
        headers=headers,
        timeout=outgoing.timeout,
        method=outgoing.method,
        attempt=outgoing.attempt,
    )
    return await simulator.sender.send(signed)


class Courier:
    """Carries one call's events to the agent's webhook URL."""

    def __init__(self, simulator: Simulator, key: str, agent: Document) -> None:
        self._simulator = simulator
        self._key = key
        self._agent = agent

    def wants(self, event: str) -> bool:
        """The agent has a URL and asked for this event."""
        events = self._agent.get("webhook_events") or USUAL_EVENTS
        return bool(self._agent.get("webhook_url")) and event in events

    async def deliver(self, event: str, call: Document, extra: Document | None = None) -> None:
        """Returns after the first attempt; a failed one is repeated in the background."""
        if not self.wants(event):
            return
        variables = call.get("retell_llm_dynamic_variables") or {}
        outgoing = Outgoing(
            event=event,
            url=fill(self._agent["webhook_url"], variables),
            body=encode({"event": event, "call": call, **(extra or {})}),
            headers={},
            timeout=(self._agent.get("webhook_timeout_ms") or 10_000) / 1000,
        )
        delivered = await post_signed(self._simulator, self._key, outgoing)
        if not delivered.settled:
            self._simulator.background.spawn(self._repeat(outgoing, delivered))

    async def _repeat(self, first: Outgoing, delivered: Delivered) -> Delivered:
        settings = self._simulator.settings
        for number in range(int(settings["webhook_retries"])):
            await asyncio.sleep(float(settings["webhook_retry_seconds"]) * 2**number)
            again = Outgoing(
                first.event, first.url, first.body, first.headers, first.timeout, attempt=number + 2
            )
            delivered = await post_signed(self._simulator, self._key, again)
            if delivered.accepted:
                return delivered
        return delivered
