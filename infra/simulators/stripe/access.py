"""One API call: the key, the form, the idempotency key."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.simulators.request_log import Received
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document
from infra.simulators.stripe.errors import Refusal
from infra.simulators.stripe.forms import read_form
from infra.simulators.stripe.objects import new_id

_LONGEST_KEY = 255
_KEPT_SECONDS = 24 * 3600
_SERVER_ERROR = 500


@dataclass(slots=True)
class Call:
    """An authenticated request with its form (POST) or query."""

    simulator: Simulator
    request: Request
    form: Document

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])


Work: TypeAlias = Callable[[Call], Awaitable[Document]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def _check_key(request: Request, simulator: Simulator) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if not key or scheme.lower() != "bearer":
        raise Refusal(401, "You did not provide an API key. Use the Authorization header: 'Bearer YOUR_KEY'.")
    known = simulator.store.get("keys", key)
    if known is None:
        raise Refusal(401, f"Invalid API Key provided: {key[:8]}********")


def _digest(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(f"{method} {path} ".encode() + body).hexdigest()


def _saved(simulator: Simulator, key: str, digest: str) -> Document | None:
    """The first result under this key; 400 when the request was another one then."""
    if len(key) > _LONGEST_KEY:
        raise Refusal(400, "Idempotency keys may have at most 255 characters", kind="idempotency_error")
    saved = simulator.store.get("idempotency", key)
    if saved is None or saved["at"] + _KEPT_SECONDS < simulator.clock.timestamp():
        return None
    if saved["digest"] != digest:
        text = "Keys for idempotent requests can only be used with the parameters they were first used with."
        raise Refusal(400, text, kind="idempotency_error")
    if saved["status"] is None:
        text = "There is currently another in-progress request using this Idempotent Key."
        raise Refusal(409, text, code="idempotency_key_in_use")
    return saved


def _save(simulator: Simulator, key: str, digest: str, status: int | None, content: str) -> None:
    at = simulator.clock.timestamp()
    saved = {"digest": digest, "status": status, "content": content, "at": at}
    simulator.store.put("idempotency", key, saved)


def remember_fault(simulator: Simulator) -> Callable[[Received, int, bytes], None]:
    """A 5xx is a result too: the same key gets it again."""

    def remember(received: Received, status: int, content: bytes) -> None:
        key = received.headers.get("idempotency-key")
        if key and status >= _SERVER_ERROR:
            digest = _digest(received.method, received.path, received.body.encode())
            _save(simulator, key, digest, status, content.decode())

    return remember


def _headers(key: str | None, *, replayed: bool) -> dict[str, str]:
    headers = {"request-id": new_id("req"), "stripe-version": "2026-10-28.endive"}
    if key:
        headers["idempotency-key"] = key
    return {**headers, "idempotent-replayed": "true"} if replayed else headers


def endpoint(simulator: Simulator, work: Work) -> Endpoint:
    """Refusals of the parameters are not kept under the idempotency key, results are."""

    async def answer(request: Request) -> Response:
        _check_key(request, simulator)
        body = await request.body()
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        digest = _digest(request.method, request.url.path, body)
        if key and (saved := _saved(simulator, key, digest)):
            headers = _headers(key, replayed=True)
            return Response(saved["content"], saved["status"], headers, "application/json")
        form = read_form(body or request.url.query.encode())
        result = await _run(simulator, work, Call(simulator, request, form), key, digest)
        return JSONResponse(result, headers=_headers(key, replayed=False))

    return answer


async def _run(simulator: Simulator, work: Work, call: Call, key: str | None, digest: str) -> Any:
    if key is None:
        return await work(call)
    _save(simulator, key, digest, None, "")
    try:
        result = await work(call)
    except Refusal:
        simulator.store.delete("idempotency", key)
        raise
    _save(simulator, key, digest, 200, json.dumps(result))
    return result
