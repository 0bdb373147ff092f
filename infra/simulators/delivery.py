"""Outgoing webhooks: event and URL in, one logged attempt out; drops, doubles, reorders."""

import asyncio
import time
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import httpx

from infra.simulators.background import Background
from infra.simulators.faults import OUTGOING, FaultKind, Faults
from infra.simulators.store import Document, Store

_DROPPED, _HELD_BACK = "dropped", "held back"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One webhook to send; `timeout` in seconds, None waits for ever."""

    event: str
    url: str
    body: bytes
    headers: dict[str, str]
    timeout: float | None = None
    method: str = "POST"
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one attempt: a status, or the error's class name when there was no answer."""

    status: int | None
    body: bytes = b""
    error: str | None = None
    seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        return self.status is not None and httpx.codes.is_success(self.status)

    @property
    def settled(self) -> bool:
        """Nothing is to be sent again: accepted, or taken away by a fault."""
        return self.accepted or self.error in {_DROPPED, _HELD_BACK}


class Sender:
    """Sends webhooks; redirects are not followed, the proxy settings of the machine are ignored."""

    def __init__(self, store: Store, faults: Faults, background: Background) -> None:
        self._store = store
        self._faults = faults
        self._background = background
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, limits=httpx.Limits())
        self._sent = asyncio.Event()

    async def send(self, outgoing: Outgoing) -> Delivered:
        """One attempt; never raises for the receiver's failures."""
        target = f"{outgoing.method} {urlsplit(outgoing.url).path}"
        kinds = {fault.kind: fault for fault in self._faults.due({outgoing.event, target}, OUTGOING)}
        if FaultKind.DROP_WEBHOOK in kinds:
            return self._log(outgoing, Delivered(status=None, error=_DROPPED))
        if held := kinds.get(FaultKind.REORDER_WEBHOOK):
            self._background.spawn(self._after_next(outgoing, held.seconds))
            return Delivered(status=None, error=_HELD_BACK)
        if FaultKind.DUPLICATE_WEBHOOK in kinds:
            await self._attempt(outgoing)
        return await self._attempt(outgoing)

    async def _after_next(self, outgoing: Outgoing, at_most: float) -> Delivered:
        try:
            await asyncio.wait_for(self._sent.wait(), at_most)
        except TimeoutError:
            return await self._attempt(outgoing)
        return await self._attempt(outgoing)

    async def _attempt(self, outgoing: Outgoing) -> Delivered:
        delivered = self._log(outgoing, await self._post(outgoing))
        self._sent.set()
        self._sent = asyncio.Event()
        return delivered

    async def _post(self, outgoing: Outgoing) -> Delivered:
        began = time.monotonic()
        try:
            answer = await self._client.request(
                outgoing.method,
                outgoing.url,
                content=outgoing.body,
                headers=outgoing.headers,
                timeout=outgoing.timeout,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Delivered(None, error=type(error).__name__, seconds=time.monotonic() - began)
        return Delivered(answer.status_code, answer.content, seconds=time.monotonic() - began)

    def _log(self, outgoing: Outgoing, delivered: Delivered) -> Delivered:
        entry: Document = {
            **asdict(outgoing),
            "body": outgoing.body.decode(),
            "time": time.time(),
            "status": delivered.status,
            "error": delivered.error,
            "seconds": round(delivered.seconds, 4),
        }
        self._store.append("deliveries", entry)
        return delivered

    def deliveries(self, since: int = 0) -> list[Document]:
        return self._store.read("deliveries", since)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()
