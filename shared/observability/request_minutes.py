"""What a process has answered, by the minute: counted in memory, off the way of the answer."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A day: as long as that a database may be away without a minute being lost.
_KEPT_MINUTES: Final = 24 * 60
_SERVER_ERRORS: Final = 500

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """Requests answered within the minute that began at ``minute`` (UTC): all, with a 5xx, too slowly."""

    minute: datetime
    total: int = 0
    failed: int = 0
    slow: int = 0

    def with_one(self, *, failed: bool, slow: bool) -> "MinuteCount":
        """One more request."""
        return MinuteCount(self.minute, self.total + 1, self.failed + failed, self.slow + slow)


class RequestMinutes:
    """Counts; whoever writes them down takes ``unsaved`` and gives back what it saved."""

    def __init__(self, *, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._counts: dict[datetime, MinuteCount] = {}
        self._saved: dict[datetime, MinuteCount] = {}

    def note(self, *, failed: bool, slow: bool) -> None:
        """One request, answered now."""
        minute = self._minute()
        count = self._counts.get(minute) or MinuteCount(minute)
        self._counts[minute] = count.with_one(failed=failed, slow=slow)
        while len(self._counts) > _KEPT_MINUTES:
            self._forget(next(iter(self._counts)))

    def unsaved(self) -> Sequence[MinuteCount]:
        """Each minute that counts more than was saved of it: whole, so that writing it twice is no harm."""
        return [count for count in self._counts.values() if self._saved.get(count.minute) != count]

    def saved(self, counts: Collection[MinuteCount]) -> None:
        """They are written down: what is over and has not grown meanwhile is forgotten."""
        self._saved |= {count.minute: count for count in counts}
        now = self._minute()
        for minute in [each for each in self._counts if each < now]:
            if self._saved.get(minute) == self._counts[minute]:
                self._forget(minute)

    def _forget(self, minute: datetime) -> None:
        del self._counts[minute]
        self._saved.pop(minute, None)

    def _minute(self) -> datetime:
        return self._clock().replace(second=0, microsecond=0)


class CountRequests:
    """Pure ASGI. Counts the requests whose path begins with one of ``paths``; ``seconds``: slow beyond it."""

    def __init__(
        self, app: ASGIApp, *, minutes: RequestMinutes, paths: tuple[str, ...], seconds: float
    ) -> None:
        self._app = app
        self._minutes = minutes
        self._paths = paths
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._paths):
            return await self._app(scope, receive, send)
        started, status = time.perf_counter(), _SERVER_ERRORS

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            slow = time.perf_counter() - started > self._seconds
            self._minutes.note(failed=status >= _SERVER_ERRORS, slow=slow)
        return None
