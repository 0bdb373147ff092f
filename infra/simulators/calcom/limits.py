"""Cal.com's rate limit: so many requests a minute per key, then a block, its headers, no Retry-After."""

import hashlib
import math
from collections.abc import MutableMapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.simulators.calcom.errors import envelope
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_WINDOW = 60.0


def _tracker(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return "api_key_" + hashlib.sha256(value).hexdigest()[:16]
    return f"ip_{(scope.get('client') or ('unknown',))[0]}"


class Throttle:
    """Counts in the store, so that a restart does not forgive."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v2"):
            await self._app(scope, receive, send)
            return
        limit = int(self._simulator.settings["rate_limit_per_minute"])
        count = self._count(_tracker(scope), limit)
        headers = self._headers(count, limit)

        async def with_headers(message: Message) -> None:
            await send(_with_headers(message, headers))

        if count["blocked_until"] > self._simulator.clock.timestamp():
            content = envelope(429, "ThrottlerException: Too Many Requests", scope["path"])
            await JSONResponse(content, status_code=429)(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    def _count(self, tracker: str, limit: int) -> Document:
        now = self._simulator.clock.timestamp()
        count = self._simulator.store.get("limits", tracker)
        if count is None or max(count["started"] + _WINDOW, count["blocked_until"]) <= now:
            count = {"started": now, "hits": 0, "blocked_until": 0.0}
        hits = count["hits"] + 1
        newly_blocked = hits > limit and count["blocked_until"] <= now
        blocked_until = now + _block_seconds(self._simulator) if newly_blocked else count["blocked_until"]
        count = {**count, "hits": hits, "blocked_until": blocked_until}
        return self._simulator.store.put("limits", tracker, count)

    def _headers(self, count: Document, limit: int) -> dict[str, str]:
        until = max(count["started"] + _WINDOW, count["blocked_until"])
        left = max(0, math.ceil(until - self._simulator.clock.timestamp()))
        return {
            "x-ratelimit-limit-default": str(limit),
            "x-ratelimit-remaining-default": str(max(0, limit - count["hits"])),
            "x-ratelimit-reset-default": str(left),
        }


def _block_seconds(simulator: Simulator) -> float:
    return float(simulator.settings["rate_limit_block_seconds"])


def _with_headers(message: Message, headers: dict[str, str]) -> MutableMapping[str, Any]:
    if message["type"] != "http.response.start":
        return message
    extra = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {**message, "headers": [*message.get("headers", []), *extra]}
