"""The console's JSON API for the command line: a refusal is an exception with the console's own words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx

from shared.errors import AskProError

#: A deep health check asks providers, each within three seconds.
_PATIENCE: Final = 20.0


class ConsoleError(AskProError):
    """What went wrong, for a person. ``status`` None: nothing answered."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a request that was sent as it is."""

    status: int
    body: str

    @property
    def accepted(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004


class ConsoleClient:
    """``url``: the console's address; name and password go by HTTP Basic."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.Client(auth=(user, password), timeout=_PATIENCE, trust_env=False)

    def get(self, *path: str | int, **query: Any) -> Any:
        """JSON of ``/api/<path>``; each part of ``path`` is one segment.

        Raises:
            ConsoleError: refused, or nobody answered.
        """
        asked = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path, params=asked)

    def post(self, *path: str | int, body: Any = None) -> Any:
        """As ``get``."""
        return self._ask("POST", path, json=body)

    def put(self, *path: str | int, body: Any) -> Any:
        """As ``get``."""
        return self._ask("PUT", path, json=body)

    def patch(self, *path: str | int, body: Any) -> Any:
        """As ``get``."""
        return self._ask("PATCH", path, json=body)

    def delete(self, *path: str | int, **query: Any) -> Any:
        """As ``get``."""
        return self._ask("DELETE", path, params=query)

    def _ask(self, method: str, path: tuple[str | int, ...], **request: Any) -> Any:
        url = "/".join((self._url, "api", *(quote(str(part), safe="") for part in path)))
        try:
            response = self._http.request(method, url, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _away(self._url, error) from error
        if not response.is_success:
            raise ConsoleError(_words(response), response.status_code)
        return response.json() if response.content else None


def post_bytes(url: str, raw: bytes, headers: Mapping[str, str]) -> Answer:
    """Send ``raw`` unchanged, as a provider would.

    Raises:
        ConsoleError: nobody answered.
    """
    try:
        response = httpx.post(url, content=raw, headers=dict(headers), timeout=_PATIENCE, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _away(url, error) from error
    return Answer(response.status_code, response.text)


def ask_json(method: str, url: str, body: Any = None) -> Any:
    """JSON from any endpoint of a simulator.

    Raises:
        ConsoleError: refused, or nobody answered.
    """
    try:
        response = httpx.request(method, url, json=body, timeout=120.0, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _away(url, error) from error
    if not response.is_success:
        raise ConsoleError(_words(response), response.status_code)
    return response.json()


def _away(url: str, error: Exception) -> ConsoleError:
    return ConsoleError(f"{url} does not answer ({error}). Is the stack up? Start it with make up.")


def _words(response: httpx.Response) -> str:
    try:
        detail = response.json().get("detail")
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError):
        detail = None
    return str(detail or f"{response.status_code} {response.reason_phrase}")
