"""A server that passes requests on: before Prism it reads the verdicts, behind Prism it is the provider.

It can spoil the requests or the answers of one operation, to see whether Prism notices.
"""

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self

import httpx
from starlette.types import Receive, Scope, Send

from infra.simulators.server import HttpServer

_HOP_BY_HOP: Final = {b"connection", b"keep-alive", b"transfer-encoding", b"host", b"content-length"}
_VERDICT: Final = "sl-violations"
_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True, slots=True)
class Operation:
    """A method and a path as a document writes it, `GET /v2/bookings/{bookingUid}`."""

    method: str
    path: str

    @classmethod
    def of(cls, text: str) -> Self:
        """From `METHOD /path`."""
        method, _, path = text.partition(" ")
        return cls(method, path)

    def matches(self, method: str, path: str) -> bool:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path))
        return method == self.method and re.fullmatch(pattern, path) is not None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Message:
    """A request or an answer, to be changed in place; only an answer has a ``status``."""

    headers: list[tuple[bytes, bytes]]
    content: bytes
    method: str = ""
    path: str = ""
    query: str = ""
    status: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.content) if self.content else None

    @json.setter
    def json(self, value: Any) -> None:
        self.content = json.dumps(value).encode()

    def drop(self, header: str) -> None:
        """Without this header."""
        self.headers = [(name, value) for name, value in self.headers if name.lower() != header.encode()]


Spoil = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Violation:
    """``place`` begins with `request` or `response`."""

    place: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(self.place)}: {self.message}"


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One request with its answer, and what Prism said about both."""

    method: str
    path: str
    query: str
    status: int
    violations: tuple[Violation, ...]

    def is_of(self, operation: Operation) -> bool:
        return operation.matches(self.method, self.path)

    def __str__(self) -> str:
        said = "".join(f"\n  {violation}" for violation in self.violations)
        return f"{self.method} {self.path}?{self.query} {self.status}{said}"


@dataclass
class Tap:
    """Passes on to ``target``; ``round_trips`` in the order in which they ended."""

    target: str
    round_trips: list[RoundTrip] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = httpx.AsyncClient(trust_env=False, timeout=60, verify=_NO_TLS)
        self._server = HttpServer(self, "127.0.0.1", 0)
        self._requests: dict[Operation, Spoil] = {}
        self._answers: dict[Operation, Spoil] = {}

    @property
    def url(self) -> str:
        return self._server.url

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()
        await self._client.aclose()

    @contextmanager
    def spoiling_requests(self, operation: Operation, spoil: Spoil) -> Iterator[None]:
        """Requests of this operation are changed before they are passed on."""
        self._requests[operation] = spoil
        try:
            yield
        finally:
            del self._requests[operation]

    @contextmanager
    def spoiling_answers(self, operation: Operation, spoil: Spoil) -> Iterator[None]:
        """Answers of this operation are changed before they are handed back."""
        self._answers[operation] = spoil
        try:
            yield
        finally:
            del self._answers[operation]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(scope, receive)
        method, path = request.method, request.path
        _spoil(self._requests, method, path, request)
        answer = await self._ask(request)
        _spoil(self._answers, method, path, answer)
        violations = _violations(httpx.Headers(answer.headers).get(_VERDICT))
        self.round_trips.append(RoundTrip(method, path, request.query, answer.status, violations))
        length = (b"content-length", str(len(answer.content)).encode())
        headers = answer.headers if answer.status == 204 else [*answer.headers, length]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.content})

    async def _ask(self, request: Message) -> Message:
        url = f"{self.target}{request.path}" + (f"?{request.query}" if request.query else "")
        sent = httpx.Request(request.method, url, headers=request.headers, content=request.content or None)
        answer = await self._client.send(sent)
        return Message(_kept(answer.headers.raw), answer.content, status=answer.status_code)


async def _read(scope: Scope, receive: Receive) -> Message:
    content, more = b"", True
    while more:
        part = await receive()
        content, more = content + part.get("body", b""), part.get("more_body", False)
    path, query = scope["raw_path"].decode("ascii"), scope["query_string"].decode("ascii")
    return Message(_kept(scope["headers"]), content, scope["method"], path, query)


def _violations(verdict: str | None) -> tuple[Violation, ...]:
    """What Prism wrote; a header that it had to cut tells that there was more than it holds."""
    if verdict is None:
        return ()
    if not verdict.startswith("["):
        sides = (side for side in ("request", "response") if f'["{side}"' in verdict)
        return (Violation(tuple(sides), verdict),)
    return tuple(
        Violation(tuple(map(str, each["location"])), each["message"]) for each in json.loads(verdict)
    )


def _kept(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]


def _spoil(table: dict[Operation, Spoil], method: str, path: str, message: Message) -> None:
    for operation, spoil in table.items():
        if operation.matches(method, path):
            spoil(message)
