"""One API call: whose workspace, which body, which answer."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.simulators.retell.checks import one_of, text, whole
from infra.simulators.retell.errors import Refusal
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document, Store

_MOST_PER_PAGE = 1000


@dataclass(slots=True)
class Call:
    """A request of the workspace whose key it carries."""

    simulator: Simulator
    request: Request
    workspace: Document

    @property
    def store(self) -> Store:
        """The simulator's documents."""
        return self.simulator.store

    @property
    def owner(self) -> str:
        """The workspace's id."""
        return str(self.workspace["id"])

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """A parameter of the query, None without it."""
        return self.request.query_params.get(name)

    async def json(self) -> Document:
        """The body, which must be an object; an empty one counts as {}."""
        raw = await self.request.body()
        try:
            body = json.loads(raw) if raw else {}
        except ValueError as error:
            raise Refusal(400, f"Invalid JSON: {error}") from error
        if not isinstance(body, dict):
            raise Refusal(400, "request/body must be object")
        return body


Work: TypeAlias = Callable[[Call], Awaitable[Any]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def workspace_of(request: Request, store: Store) -> Document:
    """401 without a key that is known."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    known = store.get("keys", key) if scheme.lower() == "bearer" else None
    workspace = store.get("workspaces", known["workspace"]) if known else None
    if workspace is None:
        raise Refusal(401, "Invalid API Key")
    return workspace


def endpoint(simulator: Simulator, work: Work, status: int = 200) -> Endpoint:
    """None is answered without a body, a Response as it is."""

    async def answer(request: Request) -> Response:
        result = await work(Call(simulator, request, workspace_of(request, simulator.store)))
        if isinstance(result, Response):
            return result
        return Response(status_code=status) if result is None else JSONResponse(result, status_code=status)

    return answer


def _read_numbers(call: Call, asked: Document) -> None:
    """A query has texts only; a body must have numbers."""
    for name in ("limit", "skip"):
        written = call.query(name)
        if written is not None and asked[name] == written and written.isascii() and written.isdigit():
            asked[name] = int(written)


def page(call: Call, items: list[Any], key: str, body: Document | None = None) -> dict[str, Any]:
    """The asked part of a list; the pagination key is the id of the last item shown."""
    asked = {**call.request.query_params, **(body or {})}
    one_of(asked, "sort_order", ("ascending", "descending"))
    text(asked, "pagination_key")
    _read_numbers(call, asked)
    whole(asked, "limit", 1, _MOST_PER_PAGE)
    whole(asked, "skip", 0, 10**9)
    ordered = items if asked.get("sort_order") == "ascending" else items[::-1]
    start = asked.get("skip") or 0
    if after := asked.get("pagination_key"):
        ids = [str(item[key]) for item in ordered]
        start = ids.index(after) + 1 if after in ids else len(ids)
    shown = ordered[start : start + (asked.get("limit") or 50)]
    more = start + len(shown) < len(ordered)
    answer: dict[str, Any] = {"items": shown, "has_more": more}
    return {**answer, "pagination_key": str(shown[-1][key])} if more else answer
