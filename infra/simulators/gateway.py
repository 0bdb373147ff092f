"""Before every simulated provider: the request is read, logged, hit by faults, then answered."""

import asyncio
import json
import logging
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.simulators.faults import INCOMING, Fault, FaultKind
from infra.simulators.request_log import Received
from infra.simulators.simulator import Simulator

# Status, message and path in, the body of an error out.
Shape: TypeAlias = Callable[[int, str, str], dict[str, Any]]
Remember: TypeAlias = Callable[[Received, int, bytes], None]
_OURS = ("/_control", "/health")
_LOG = logging.getLogger(__name__)
_CRASHED = 500
_LINGER_ZERO = struct.pack("ii", 1, 0)


def _is_reading(scope: Scope) -> bool:
    """A look into an inbox is no request of the project."""
    return bool(scope["method"] in {"GET", "DELETE"} and scope["path"].startswith("/messages"))


@dataclass(slots=True)
class Answer:
    """What the provider's app wanted to send, kept until it is clear whether it may."""

    messages: list[Message] = field(default_factory=list)

    async def keep(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"]) if self.messages else 500


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def reset_connection(transport: asyncio.Transport) -> None:
    """Ends the connection by RST: the peer sees a reset, not an orderly end."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    # The server notices on its next rounds that nobody is left to answer.
    for _ in range(3):
        await asyncio.sleep(0)


def _received(scope: Scope, body: bytes) -> Received:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    authorization = headers.get("authorization", "")
    return Received(
        time=time.time(),
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        headers=headers,
        body=body.decode("utf-8", "replace"),
        key=authorization.partition(" ")[2] or None,
    )


class Gateway:
    """Middleware with the provider's own shape of an error for `status`, `rate_limit` and its app's crashes.

    `remember` is told such answers, for a provider that repeats them under an idempotency key.
    """

    def __init__(
        self, app: ASGIApp, simulator: Simulator, shape: Shape, remember: Remember | None = None
    ) -> None:
        self._app = app
        self._simulator = simulator
        self._shape = shape
        self._remember = remember

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_OURS) or _is_reading(scope):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        received = _received(scope, body)
        log = self._simulator.requests
        number, status = log.begin(received), 0
        try:
            status = await self._answer(scope, body, received, send, partial(log.finish, number, received))
        finally:
            log.finish(number, received, status)

    async def _answer(
        self, scope: Scope, body: bytes, received: Received, send: Send, note: Callable[[int], None]
    ) -> int:
        faults = self._simulator.faults.due({f"{received.method} {received.path}"}, INCOMING)
        for fault in faults:
            if fault.kind is FaultKind.LATENCY:
                await asyncio.sleep(fault.seconds)
        kinds = {fault.kind: fault for fault in faults}
        if FaultKind.RESET in kinds:
            await reset_connection(scope["extensions"]["transport"])
            return 0
        if refusal := kinds.get(FaultKind.RATE_LIMIT) or kinds.get(FaultKind.STATUS):
            return await self._refuse(refusal, received, send)
        answer = await self._effect(scope, body, received)
        if FaultKind.LOST_ANSWER in kinds:
            await reset_connection(scope["extensions"]["transport"])
            return 0
        if late := kinds.get(FaultKind.LATE_ANSWER):
            # The log says at once that it is done: somebody may be waiting for that, not for the answer.
            note(answer.status)
            await asyncio.sleep(late.seconds)
        return await _send_all(answer, send)

    async def _effect(self, scope: Scope, body: bytes, received: Received) -> Answer:
        answer = Answer()
        try:
            await self._app(scope, _replay(body), answer.keep)
        except Exception:  # noqa: BLE001  # what the framework makes of it is not the provider's shape
            _LOG.exception("%s %s crashed", received.method, received.path)
            return self._error(_CRASHED, "An unexpected server error occurred.", received)
        return answer

    async def _refuse(self, fault: Fault, received: Received, send: Send) -> int:
        limited = fault.kind is FaultKind.RATE_LIMIT
        status = 429 if limited else fault.status
        answer = self._error(status, "Fault switched on by control", received, fault.retry_after)
        return await _send_all(answer, send)

    def _error(
        self, status: int, message: str, received: Received, retry_after: float | None = None
    ) -> Answer:
        content = json.dumps(self._shape(status, message, received.path)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        if retry_after is not None:
            headers.append((b"retry-after", f"{retry_after:g}".encode()))
        if self._remember is not None:
            self._remember(received, status, content)
        start = {"type": "http.response.start", "status": status, "headers": headers}
        return Answer([start, {"type": "http.response.body", "body": content}])


async def _send_all(answer: Answer, send: Send) -> int:
    for message in answer.messages:
        await send(message)
    return answer.status
