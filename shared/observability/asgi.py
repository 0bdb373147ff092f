"""One middleware around every HTTP endpoint: trace, request id, one canonical line, one measurement."""

import secrets
import time
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability.context import Cause, working_on
from shared.observability.logging import get_logger
from shared.observability.metrics import REQUESTS

_log = get_logger("http")
#: Asked every few seconds by machines; their lines would bury everything else.
_SILENT: Final = ("/health/", "/metrics", "/static/")
#: A header is the sender's to fill; the first words name the program.
_LONGEST_AGENT: Final = 200


class RequestContext:
    """Pure ASGI, so that a response can stream. Adds ``X-Request-Id`` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request = Request(scope)
        request_id = secrets.token_hex(8)
        with working_on("http", Cause(), request.headers.get("traceparent"), **_asked(request, request_id)):
            await self._measured(scope, receive, _Answer(send, request_id))
        return None

    async def _measured(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        started = time.perf_counter()
        try:
            await self._app(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unrouted")
            REQUESTS.labels(scope["method"], route, str(answer.status)).observe(seconds)
            if not scope["path"].startswith(_SILENT):
                level = "error" if answer.status >= 500 else "info"  # noqa: PLR2004
                getattr(_log, level)(
                    "request.handled", status=answer.status, duration_ms=round(seconds * 1000, 1)
                )


def _asked(request: Request, request_id: str) -> dict[str, str | None]:
    """What was asked, and by whom. ``client``: the address of the connection, or as a trusted proxy says."""
    return {
        "request_id": request_id,
        "method": request.method,
        "path": request.scope["path"],
        "client": request.client.host if request.client else None,
        "user_agent": request.headers.get("user-agent", "")[:_LONGEST_AGENT] or None,
    }


class _Answer:
    """Passes the answer on and remembers its status; 500 until one has started."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._request_id.encode())]
        await self._send(message)
