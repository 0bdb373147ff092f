"""Refused requests → a bounded sample of them in a queue of the console's; no answer waits for it."""

import asyncio
import re
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from prometheus_client import Counter

from services.webhook_ingest.values import RefusedError
from shared.contracts.envelope import now
from shared.contracts.names import REJECTED
from shared.contracts.rejected import KEPT_BYTES, KEPT_HEADERS, PER_DAY, RejectedRequest
from shared.errors import AskProError
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher

#: 64 KiB each: 16 MiB at the most while the broker is away or slow.
_MOST_WAITING: Final = 256
#: Nobody has looked whose company it is, or there is none: a path is the sender's to make up.
_NOBODYS: Final = frozenset({404, 413, 415})
#: Their bodies were not read, or only to be thrown away.
_UNREAD: Final = frozenset({413, 415})
#: We failed here, not the sender: the same request may come again.
_OURS: Final = 503
_LONGEST_PATH: Final = 300
_LONGEST_HEADER: Final = 1_024
_JSON: Final = "application/json"
_LENGTH: Final = re.compile(r"[0-9]{1,15}")
_SAMPLED: Final = Counter("askpro_rejected_requests_total", "Refused requests by what is kept.", ("fate",))

Send = Callable[[RejectedRequest], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ToConsole:
    """To the console's own queue, by the default exchange: it is no event, and nobody else's."""

    publisher: Publisher

    async def __call__(self, request: RejectedRequest) -> None:
        """Raises UnconfirmedError."""
        properties = {
            "message_id": request.id,
            "type": "request.rejected",
            "content_type": "application/json",
        }
        message = message_of(request.model_dump_json().encode(), properties)
        await self.publisher.publish(message, queue=REJECTED)


@dataclass(frozen=True, slots=True)
class Refused:
    """``raw``: the body as far as it was read; ``named``: the company that the path names."""

    error: RefusedError
    path: str
    named: str | None
    headers: Mapping[str, str]
    raw: bytes

    @property
    def company_id(self) -> str | None:
        """Whose it is; None where it is nobody's, or nobody looked."""
        return None if self.error.status in _NOBODYS else self.named

    @property
    def whose(self) -> str:
        """Whose quota it takes of: a name that no sender makes up."""
        return self.company_id or f"/{provider_of(self.path)}"

    def told(self, at: datetime) -> RejectedRequest:
        """As the console gets it."""
        given = {name: self.headers[name] for name in KEPT_HEADERS if name in self.headers}
        length = self.headers.get("content-length", "")
        return RejectedRequest(
            id=secrets.token_hex(12),
            received_at=at,
            provider=provider_of(self.path),
            path=self.path[:_LONGEST_PATH],
            company_id=self.company_id,
            status=self.error.status,
            reason=self.error.detail,
            headers={name: value[:_LONGEST_HEADER] for name, value in given.items()},
            body=self.raw[:KEPT_BYTES],
            size=len(self.raw) or (int(length) if _LENGTH.fullmatch(length) else 0),
            cut=len(self.raw) > KEPT_BYTES or self.error.status in _UNREAD,
        )


@dataclass(slots=True)
class Quota:
    """So many of each name on one day (UTC)."""

    per_day: int = PER_DAY
    _day: date = date.min
    _taken: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> Collection[str]:
        """Who has taken of it today."""
        return self._taken.keys()

    def take(self, name: str, day: date) -> bool:
        """False: that was enough for the day."""
        if day != self._day:
            self._day, self._taken = day, {}
        taken = self._taken.get(name, 0)
        self._taken[name] = taken + (taken < self.per_day)
        return taken < self.per_day


class Rejections:
    """``send`` sees one at a time, so that a queue that confirms nothing stops no redelivery beside it."""

    def __init__(self, send: Send, *, quota: Quota | None = None, most_waiting: int = _MOST_WAITING) -> None:
        self._send = send
        self._quota = quota or Quota()
        self._most_waiting = most_waiting
        self._waiting: deque[RejectedRequest] = deque()
        self._arrived = asyncio.Event()

    def offer(self, refused: Refused) -> None:
        """Remember it for ``run``, unless too many wait or the quota of the day is used up. Never waits."""
        at = now()
        if refused.error.status == _OURS:
            return
        if len(self._waiting) >= self._most_waiting:
            # Before the quota: what a burst or an outage loses takes nothing of what comes afterwards.
            _SAMPLED.labels("overrun").inc()
        elif not self._quota.take(refused.whose, at.date()):
            _SAMPLED.labels("over_quota").inc()
        else:
            self._waiting.append(refused.told(at))
            self._arrived.set()

    async def run(self) -> None:
        """Send what was offered, for ever; what the broker does not take is forgotten, for it is a sample."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                try:
                    await self._send(self._waiting.popleft())
                except AskProError:
                    _SAMPLED.labels("unsent").inc()
                else:
                    _SAMPLED.labels("sent").inc()


def provider_of(path: str) -> str:
    """``/webhooks/calcom/salon`` → ``calcom``, ``/events`` → ``events``."""
    return path.removeprefix("/webhooks").split("/")[1]
