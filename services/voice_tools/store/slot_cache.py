"""The cache of free times: what Cal.com answered, and what we entered since."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any, Final
from zoneinfo import ZoneInfo

from cashews import Cache

from services.voice_tools.store.taken import Answered, Change
from services.voice_tools.values import FreeSlot
from shared.clients.calcom import SlotQuery

#: One GET covers it: neighbouring days, alternatives and "as soon as possible" then cost nothing.
WINDOW: Final = timedelta(days=14)
#: So long after its time an answer may still be told, marked, while Cal.com is away.
STALE_SECONDS: Final = 30 * 60.0
#: A company enters fewer within that time; it only bounds what a cache holds.
_MOST_NOTES: Final = 500
_Row = list[Any]


def open_cache(url: str | None, name: str = "slots", *, size: int = 2_000) -> Cache:
    """``url``: Valkey, shared by all replicas; None: this process's own memory, for ``size`` entries.

    Values are JSON: a pickle from a cache that others write to would be code of others.
    """
    cache = Cache(name)
    if url is None:
        cache.setup("mem://", size=size)
        return cache
    # A frozen cache must not cost the caller more than a look at Cal.com would.
    cache.setup(
        url,
        pickle_type="json",
        suppress=True,
        socket_timeout=0.1,
        socket_connect_timeout=0.1,
        wait_for_connection_timeout=0.1,
        max_connections=50,
    )
    return cache


@dataclass(frozen=True, slots=True)
class Window:
    """Two weeks of an event type from ``first``, in a branch's zone: what one request fetches.

    ``minutes``: the length, where the event type has several.
    """

    company_id: str
    event_type_id: int
    first: date
    zone: str
    minutes: int | None = None

    @property
    def key(self) -> str:
        """In the cache."""
        length = f":{self.minutes}" if self.minutes else ""
        return f"slots:{self.company_id}:{self.event_type_id}:{self.first.isoformat()}:{self.zone}{length}"

    def query(self, now: datetime) -> SlotQuery:
        """From ``now`` at the earliest."""
        start, end = (self._midnight(day) for day in (self.first, self.first + WINDOW))
        return SlotQuery(self.event_type_id, max(start, now), end, self.zone, self.minutes)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, clock(), ZoneInfo(self.zone)).astimezone(UTC)


class SlotCache:
    """``ttl``: seconds an answer counts as fresh; it is kept longer, for when there is no other."""

    def __init__(self, cache: Cache, *, ttl: float) -> None:
        self._cache = cache
        self._kept = ttl + STALE_SECONDS
        self._noting = asyncio.Lock()

    async def read(
        self, company_id: str, windows: Sequence[Window]
    ) -> tuple[list[Answered | None], list[Change]]:
        """What is kept of each window, and what we entered meanwhile; in one round trip."""
        keys = (_notes_key(company_id), *(window.key for window in windows))
        notes, *entries = await self._cache.get_many(*keys)
        known = zip(windows, entries, strict=True)
        return [_answered(window, entry) for window, entry in known], [_change(row) for row in notes or ()]

    async def keep(self, window: Window, answered: Answered) -> None:
        """For all replicas."""
        rows = [[int(slot.start.timestamp()), int(slot.end.timestamp())] for slot in answered.slots]
        entry = {"asked": answered.asked.timestamp(), "slots": rows}
        await self._cache.set(window.key, entry, expire=self._kept)

    async def note(self, company_id: str, change: Change) -> None:
        """We entered it ourselves: known before any webhook tells. Counts until the next look."""
        key = _notes_key(company_id)
        # Two replicas at once may lose one of two notes; the webhook tells of it a moment later.
        async with self._noting:
            oldest = change.at.timestamp() - self._kept
            notes = [row for row in await self._cache.get(key) or () if row[-1] > oldest]
            await self._cache.set(key, [*notes, _row(change)][-_MOST_NOTES:], expire=self._kept)


def _notes_key(company_id: str) -> str:
    return f"slots-entered:{company_id}"


def _answered(window: Window, entry: Any) -> Answered | None:
    if entry is None:
        return None
    number = window.event_type_id
    slots = tuple(FreeSlot(_moment(start), _moment(end), number) for start, end in entry["slots"])
    return Answered(number, _moment(entry["asked"]), slots)


def _row(change: Change) -> _Row:
    moments = (change.start, change.end, change.at)
    return [change.kind, change.event_type_id, *(moment.timestamp() for moment in moments)]


def _change(row: _Row) -> Change:
    kind, event_type_id, start, end, at = row
    return Change(kind, event_type_id, _moment(start), _moment(end), _moment(at))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
