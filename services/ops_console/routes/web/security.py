"""Headers of every answer: nothing from elsewhere, nothing inline, nothing kept."""

import base64
import hashlib
import re
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
_INLINE: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_DOCS: Final = "/api/docs"


class SecurityHeaders:
    """Pure ASGI. The API's documentation has one inline script, which is allowed by its hash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        answer = _Docs(send) if scope["path"] == _DOCS else _Page(send, scope["path"])
        return await self._app(scope, receive, answer)


class _Page:
    def __init__(self, send: Send, path: str) -> None:
        self._send = send
        self._static = path.startswith("/static/")

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            _harden(message, _POLICY)
            if not self._static:
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
        await self._send(message)


class _Docs:
    """Waits for the page before it starts, because its policy names what is in it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body") or self._start is None:
            return
        hashes = " ".join(f"'sha256-{_hash(script)}'" for script in _INLINE.findall(self._body))
        policy = f"{_POLICY}; script-src 'self' {hashes}; img-src 'self' data:"
        _harden(self._start, policy)
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})


def _harden(message: Message, policy: str) -> None:
    headers = MutableHeaders(scope=message)
    headers["Content-Security-Policy"] = policy
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"


def _hash(script: bytes) -> str:
    return base64.b64encode(hashlib.sha256(script).digest()).decode()
