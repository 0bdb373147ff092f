"""Our own ingest, asked as a provider asks it: bytes and headers in, its answer out."""

from collections.abc import Mapping
from typing import Final

import httpx

from shared.clients.console import Answer
from shared.errors import UnknownOutcomeError

#: Ingest answers within 1.5 s, on a machine without breath within five.
_PATIENCE: Final = 10.0


class IngestClient:
    """``base_url``: as providers reach it, without a slash at its end."""

    def __init__(self, http: httpx.AsyncClient, base_url: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")

    async def post(self, path: str, raw: bytes, headers: Mapping[str, str]) -> Answer:
        """Send ``raw`` unchanged; whatever is answered, a refusal as well.

        Raises:
            UnknownOutcomeError: nobody answered. The same bytes again are the same event.
        """
        try:
            answer = await self._http.post(
                self._base_url + path, content=raw, headers=dict(headers), timeout=_PATIENCE
            )
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as error:
            raise UnknownOutcomeError(f"ingest did not answer: {error}") from error
        return Answer(answer.status_code, answer.text)
