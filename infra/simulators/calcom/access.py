"""One API call: who makes it, in which version, and the envelope around its answer."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.simulators.calcom.accounts import caller, required_caller
from infra.simulators.calcom.errors import Refusal, validation
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document, Store

OLDEST = "2024-04-15"


@dataclass(slots=True)
class Call:
    """`account` raises 401 without a key; `visitor` is None then."""

    simulator: Simulator
    request: Request

    @property
    def store(self) -> Store:
        return self.simulator.store

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def account(self) -> Document:
        return required_caller(self.request, self.store)

    @property
    def visitor(self) -> Document | None:
        return caller(self.request, self.store)

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    def version(self, *known: str) -> str:
        """The wanted version if it is one of these; absent or unknown is the oldest, silently."""
        wanted = self.request.headers.get("cal-api-version", OLDEST)
        return wanted if wanted in known else OLDEST

    async def json(self) -> Any:
        """None without a body."""
        raw = await self.request.body()
        try:
            return json.loads(raw) if raw else None
        except ValueError as error:
            raise Refusal(400, f"Unexpected token in JSON: {error}") from error

    async def object(self) -> Document:
        """The body, which must be an object; an absent one counts as {}."""
        body = await self.json()
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise validation(("body", "body must be an object"))
        return body

    def created(self, data: Any) -> Response:
        return JSONResponse({"status": "success", "data": data}, status_code=201)


Work: TypeAlias = Callable[[Call], Awaitable[Any]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def endpoint(simulator: Simulator, work: Work) -> Endpoint:
    """Data is put into the success envelope; a whole Response is sent as it is."""

    async def answer(request: Request) -> Response:
        result = await work(Call(simulator, request))
        if isinstance(result, Response):
            return result
        return JSONResponse({"status": "success", "data": result})

    return answer
