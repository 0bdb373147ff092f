"""Webhooks at a steady rate through the front door, and the ids that were answered with 202."""

import asyncio
import json
import secrets
from types import TracebackType
from typing import Any, Self

import httpx

from shared.clients.signatures import sign_calcom
from tests.integration.webhook_ingest.conftest import CALCOM_SECRET, COMPANY
from tests.support import eventually

_ANSWERED_WITHIN = 10.0


class Load:
    """``accepted``: event ids of 202s; ``refused``: other answers by status, 0 where none came.

    ``rate``: a second; 0 sends only what ``send`` is asked for.
    """

    def __init__(self, url: str, *, rate: float, do: dict[str, Any]) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=_ANSWERED_WITHIN, trust_env=False)
        self._rate = rate
        self._do = do
        self._sending: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self.accepted: set[str] = set()
        self.refused: dict[int, int] = {}

    async def __aenter__(self) -> Self:
        if self._rate:
            self._loop = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await asyncio.gather(*self._sending)
        await self._client.aclose()

    async def send(self, number: int = 1, **do: Any) -> list[str]:
        """So many webhooks at once, now; the event ids of those that were accepted."""
        answers = await asyncio.gather(*(self._post(self._body(do or self._do)) for _ in range(number)))
        return [event_id for event_id in answers if event_id]

    async def goes_on(self, number: int = 20) -> None:
        """Return once so many more have been accepted."""
        enough = len(self.accepted) + number

        async def reached() -> bool:
            return len(self.accepted) >= enough

        await eventually(reached, within=180, of=f"{number} more are accepted")

    async def again(self, body: bytes) -> str | None:
        """The same webhook, byte for byte, as a provider repeats it."""
        return await self._post(body)

    @staticmethod
    def _body(do: dict[str, Any]) -> bytes:
        payload = {"uid": secrets.token_hex(8), "do": do}
        return json.dumps({"triggerEvent": "BOOKING_CREATED", "payload": payload}).encode()

    async def _run(self) -> None:
        while True:
            task = asyncio.create_task(self._one())
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            await asyncio.sleep(1 / self._rate)

    async def _one(self) -> None:
        await self._post(self._body(self._do))

    async def _post(self, body: bytes) -> str | None:
        headers = {
            "X-Cal-Signature-256": sign_calcom(body, CALCOM_SECRET),
            "Content-Type": "application/json",
        }
        try:
            answer = await self._client.post(f"/webhooks/calcom/{COMPANY}", content=body, headers=headers)
        except httpx.HTTPError:
            self.refused[0] = self.refused.get(0, 0) + 1
            return None
        if answer.status_code != 202:
            self.refused[answer.status_code] = self.refused.get(answer.status_code, 0) + 1
            return None
        event_id = str(answer.json()["event_id"])
        self.accepted.add(event_id)
        return event_id
