"""Free times of an event type: two weeks in one request, kept for minutes, asked for once at a time."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any, Final
from zoneinfo import ZoneInfo

from cashews import Cache
from prometheus_client import Counter

from services.voice_tools.store.calendar_changes import CalendarChanges
from services.voice_tools.store.calendars import Calendars
from services.voice_tools.values import FreeSlot, StillLookingError
from shared.clients.calcom import SlotQuery
from shared.observability.logging import get_logger

_log = get_logger("slots")
#: ``stale``: kept, but something has happened in the calendar since.
CACHE: Final = Counter("askpro_slots_cache_total", "Looks into the cache of free times.", ("result",))
#: One GET covers it: neighbouring days, alternatives and "as soon as possible" then cost nothing.
WINDOW: Final = timedelta(days=14)
#: Our clock and the database's may differ by that much.
_SKEW: Final = timedelta(seconds=2)
_Rows = list[list[str]]


def open_cache(url: str | None) -> Cache:
    """``url``: Valkey, shared by all replicas; None: this process's own memory.

    Values are JSON: a pickle from a cache that others write to would be code of others.
    """
    cache = Cache("slots")
    if url is None:
        cache.setup("mem://", size=2_000)
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


class FreeSlots:
    """``ttl``: seconds an answer is kept. ``patience``: seconds a caller waits for one.

    An answer is out of date as soon as the company's appointments have changed, whoever booked or cancelled.
    """

    def __init__(
        self, cache: Cache, calendars: Calendars, changes: CalendarChanges, *, ttl: float, patience: float
    ) -> None:
        self._cache = cache
        self._calendars = calendars
        self._changes = changes
        self._ttl = ttl
        self._patience = patience
        self._looking: dict[str, asyncio.Task[_Rows]] = {}

    async def of(
        self, company_id: str, event_types: Sequence[tuple[int, str | None]], first: date, zone: str
    ) -> list[FreeSlot]:
        """The free times of the two weeks from ``first`` of each (event type, member of staff), in order.

        Raises:
            StillLookingError: no answer within the caller's patience; the look goes on.
            AskProError: what Cal.com's client raises.
        """
        found = await asyncio.gather(
            *(self._one(company_id, number, staff, first, zone) for number, staff in event_types)
        )
        return sorted((slot for slots in found for slot in slots), key=lambda slot: slot.start)

    async def forget(self, company_id: str, event_type_id: int) -> None:
        """Something of it was booked, or found taken."""
        await self._cache.delete_match(f"slots:{company_id}:{event_type_id}:*")

    async def _one(
        self, company_id: str, event_type_id: int, staff: str | None, first: date, zone: str
    ) -> list[FreeSlot]:
        key = f"slots:{company_id}:{event_type_id}:{first.isoformat()}:{zone}"
        rows = await self._known(key, company_id)
        if rows is None:
            rows = await self._look(key, company_id, event_type_id, first, zone)
        return [_slot(row, event_type_id, staff) for row in rows]

    async def _known(self, key: str, company_id: str) -> _Rows | None:
        """What the cache has, while nothing has happened in the calendar since."""
        entry: dict[str, Any] | None = await self._cache.get(key)
        if entry is None:
            CACHE.labels("miss").inc()
            return None
        kept_at = datetime.fromisoformat(entry["at"]) - _SKEW
        stale = await self._changes.since(company_id, kept_at)
        CACHE.labels("stale" if stale else "hit").inc()
        return None if stale else entry["slots"]

    async def _look(self, key: str, company_id: str, event_type_id: int, first: date, zone: str) -> _Rows:
        task = self._looking.get(key)
        if task is None:
            fetch = self._fetch(key, company_id, event_type_id, first, zone)
            task = asyncio.get_running_loop().create_task(fetch)
            self._looking[key] = task
            task.add_done_callback(lambda done: self._found(key, done))
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            raise StillLookingError(f"no free times of {event_type_id} within {self._patience} s")
        return task.result()

    def _found(self, key: str, task: asyncio.Task[_Rows]) -> None:
        self._looking.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nobody may be waiting any more.
            _log.warning("slots.unknown", reason=str(error)[:300])

    async def _fetch(self, key: str, company_id: str, event_type_id: int, first: date, zone: str) -> _Rows:
        calendar = await self._calendars.of(company_id)
        start = datetime.combine(first, clock(), ZoneInfo(zone)).astimezone(UTC)
        start = max(start, datetime.now(UTC))
        end = datetime.combine(first + WINDOW, clock(), ZoneInfo(zone)).astimezone(UTC)
        asked = datetime.now(UTC)
        slots = await calendar.slots(SlotQuery(event_type_id, start, end, zone))
        rows = [[slot.start.isoformat(), slot.end.isoformat() if slot.end else ""] for slot in slots]
        await self._cache.set(key, {"at": asked.isoformat(), "slots": rows}, expire=self._ttl)
        return rows


def _slot(row: Any, event_type_id: int, staff: str | None) -> FreeSlot:
    start = datetime.fromisoformat(row[0]).astimezone(UTC)
    end = datetime.fromisoformat(row[1]).astimezone(UTC) if row[1] else start
    return FreeSlot(start, end, event_type_id, staff)
