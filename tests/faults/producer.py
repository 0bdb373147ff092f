"""Events through the front door: wishes as an internal producer sends them, calls as Retell does."""

import asyncio
import json
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from shared.clients.signatures import StandardWebhooks, sign_retell
from shared.contracts.events import BookingRequested, OwnEvent
from tests.integration.webhook_ingest.conftest import COMPANY, RETELL_KEY
from tests.processes import EVENTS_SECRET
from tests.support import eventually

_AT_ONCE = 16
_ACCEPTED, _AWAY = 202, 503


class Producer:
    """Every method returns only after ingest has answered 202; what is refused for now is sent again.

    ``accepted``: the event id of each.
    """

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self.accepted: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def wish(self, wishes: Iterable[BookingRequested]) -> dict[str, BookingRequested]:
        """By the id under which each was accepted."""
        wishes = list(wishes)
        ids = await asyncio.gather(*map(self.tell, wishes))
        return dict(zip(ids, wishes, strict=True))

    async def tell(self, event: OwnEvent) -> str:
        """An event of ours; its id."""
        body = {
            "specversion": "1.0",
            "id": secrets.token_hex(8),
            "source": "test",
            "type": event.type,
            "time": datetime.now(UTC).isoformat(),
            "data": event.model_dump(mode="json"),
        }
        raw = json.dumps(body).encode()
        signed = StandardWebhooks(EVENTS_SECRET).sign(raw, secrets.token_hex(8), datetime.now(UTC))
        return await self.post("/events", raw, {**signed, "Content-Type": "application/cloudevents+json"})

    async def call_ended(self) -> str:
        """A webhook that needs no provider; the id of its event."""
        call = {"call_id": f"call_{secrets.token_hex(8)}", "call_status": "ended"}
        raw = json.dumps({"event": "call_ended", "call": call}).encode()
        header = sign_retell(raw, RETELL_KEY, int(time.time() * 1000))
        return await self.post(
            f"/webhooks/retell/{COMPANY}",
            raw,
            {"X-Retell-Signature": header, "Content-Type": "application/json"},
        )

    async def post(self, path: str, raw: bytes, headers: dict[str, Any]) -> str:
        """Any request that ingest takes, sent until it has; the id of its event."""
        async with self._slots:
            answer = await eventually(
                lambda: self._answer(path, raw, headers), within=300, every=0.2, of=f"an answer of {path}"
            )
        assert answer.status_code == _ACCEPTED, answer.text
        self.accepted.append(str(answer.json()["event_id"]))
        return self.accepted[-1]

    async def _answer(self, path: str, raw: bytes, headers: dict[str, Any]) -> httpx.Response | None:
        """None where it has to be sent again: a connection that ended may have taken the answer with it."""
        try:
            answer = await self._client.post(path, content=raw, headers=headers)
        except httpx.TransportError:
            return None
        return None if answer.status_code == _AWAY else answer
