"""One pool of connections per process, and the base of each client that speaks HTTP: guarded calls."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from shared.resilience.guard import Guard
from shared.resilience.headers import allowance
from shared.resilience.http import Operation, from_httpx, parse, raise_for_status

T = TypeVar("T")

#: Whatever httpx raises; a header that cannot be encoded is an error of Python's.
_FOREIGN: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    UnicodeEncodeError,
)

_USER_AGENT: Final = "askpro/1"
#: Providers are few and calls short: 64 at once are ten times the busiest minute of a thousand branches.
_LIMITS: Final = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=30.0)


def http_client() -> httpx.AsyncClient:
    """The process's pool. No redirects: a provider that redirects would get the key sent elsewhere.

    The environment is not asked for proxies or netrc: what a shell has set must not see a company's key.
    Time-outs are set for each request from its policy.
    """
    return httpx.AsyncClient(
        limits=_LIMITS, follow_redirects=False, trust_env=False, headers={"User-Agent": _USER_AGENT}
    )


@dataclass(frozen=True, slots=True)
class Request:
    """One request as data. ``idempotent`` None: decided by the method, where only POST creates.

    ``about_thing``: statuses that this endpoint says about a thing, not about the key.
    """

    name: str
    method: str
    path: str
    params: Mapping[str, Any] | None = None
    json: Any = None
    form: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    idempotent: bool | None = None
    about_thing: frozenset[int] = frozenset()

    @property
    def repeatable(self) -> bool:
        """A lost answer is worth another try."""
        return self.method != "POST" if self.idempotent is None else self.idempotent


class ProviderClient:
    """Base. ``headers`` go with every request; ``base_url`` has no trailing slash."""

    def __init__(
        self, http: httpx.AsyncClient, base_url: str, guard: Guard, headers: Mapping[str, str]
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._guard = guard
        self._headers = dict(headers)

    async def _ask(self, request: Request, shape: TypeAdapter[T]) -> T:
        """The answer as ``shape``; every error is one of shared.errors."""
        operation = self._operation(request)

        async def attempt() -> T:
            return parse(await self._send(request, operation), shape, operation)

        return await self._guard.run(operation, attempt)

    async def _tell(self, request: Request) -> None:
        """A request whose answer has no body, or none that matters."""
        operation = self._operation(request)

        async def attempt() -> None:
            await self._send(request, operation)

        await self._guard.run(operation, attempt)

    def _operation(self, request: Request) -> Operation:
        return Operation(request.name, request.repeatable, self._guard.credential, request.about_thing)

    async def _send(self, request: Request, operation: Operation) -> httpx.Response:
        try:
            response = await self._http.request(
                request.method,
                self._base_url + request.path,
                params=_present(request.params),
                json=request.json,
                data=_present(request.form),
                headers={**self._headers, **(request.headers or {})},
                timeout=self._timeout(),
            )
        except _FOREIGN as error:
            raise from_httpx(error, operation) from error
        self._guard.allowed(allowance(response.headers, time.time()))
        raise_for_status(response, operation)
        return response

    def _timeout(self) -> httpx.Timeout:
        # The whole attempt is bounded by the guard; these name which part of it took too long.
        policy = self._guard.policy
        return httpx.Timeout(policy.attempt, connect=policy.connect, pool=policy.connect)


def in_path(value: str | int) -> str:
    """``value`` as one segment of a path: ``+49…`` becomes ``%2B49…``, a slash cannot leave its place."""
    return quote(str(value), safe="")


def _present(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {name: value for name, value in values.items() if value is not None}
