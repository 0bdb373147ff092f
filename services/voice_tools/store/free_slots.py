"""Free times of event types: out of the cache, less what is known to be taken, else from Cal.com."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from cashews import Cache
from prometheus_client import Counter

from services.voice_tools.store.allowance import Allowance
from services.voice_tools.store.calendar_changes import CalendarChanges
from services.voice_tools.store.calendars import Calendars
from services.voice_tools.store.looks import Looks
from services.voice_tools.store.slot_cache import SlotCache, Window
from services.voice_tools.store.taken import SKEW, Answered, Change, News, is_outdated, left
from services.voice_tools.values import Call, FreeSlot
from shared.errors import AskProError, NotFoundError
from shared.observability.logging import get_logger

_log = get_logger("slots")
#: ``stale``: too old, and Cal.com gave no newer one in time; told with that mark.
CACHE: Final = Counter("askpro_slots_cache_total", "Looks into the cache of free times.", ("result",))
#: Of the 0.8 s that a look-up may take, from the moment its request arrived; the rest is for the letters.
PATIENCE_SECONDS: Final = 0.65
#: A look now costs nobody any time; one later would be waited for.
_AHEAD_FROM: Final = 0.7
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Seen:
    """``stale``: Cal.com does not stand behind it now."""

    answered: Answered
    stale: bool = False


class FreeSlots:
    """``ttl``: seconds an answer counts. ``patience``: seconds from a request's arrival to wait for one.

    A time that is known to be taken is left out at once, whoever took it, without a request to Cal.com. What
    was given back is asked for in the background while the answer before it serves.
    """

    def __init__(
        self,
        cache: Cache,
        calendars: Calendars,
        changes: CalendarChanges,
        allowance: Allowance,
        *,
        ttl: float,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._cache = SlotCache(cache, ttl=ttl)
        self._looks = Looks(calendars, self._cache)
        self._changes = changes
        self._allowance = allowance
        self._ttl = timedelta(seconds=ttl)
        self._patience = patience

    async def of(
        self,
        call: Call,
        event_types: Sequence[tuple[int, str | None]],
        first: date,
        *,
        minutes: int | None = None,
    ) -> list[FreeSlot]:
        """The free times of the two weeks from ``first`` of each (event type, member of staff), in order.

        ``minutes``: how long, where an event type has several lengths.

        Where some of the event types give no answer the others' are told; an answer that is too old is told
        as ``stale`` where Cal.com gives no newer one in time.

        Raises:
            StillLookingError: no answer within the caller's patience; the look goes on.
            TooManyLooksError: the call has had its looks.
            AskProError: what Cal.com's client raises.
        """
        windows = [_window(call, number, first, minutes) for number, _ in event_types]
        kept, entered = await self._cache.read(call.company_id, windows)
        await self._begin(
            call, [one for one, known in zip(windows, kept, strict=True) if not self._is_fresh(known)]
        )
        oldest = min((each.asked for each in kept if each), default=datetime.now(UTC))
        news = (await self._changes.since(call, oldest)).also(entered)
        pairs = zip(windows, kept, strict=True)
        looks = (self._one(call, window, known, news) for window, known in pairs)
        found = _answers(await asyncio.gather(*looks, return_exceptions=True))
        return _ordered(found, dict(event_types), news)

    async def _begin(self, call: Call, windows: Sequence[Window]) -> None:
        """Look; while the answer is on its way there is time for our own tables."""
        if not all(self._looks.is_going(window) for window in windows):
            await self._allowance.spend(call)
        for window in windows:
            self._looks.begin(window)

    async def not_taken(self, call: Call, guessed: Sequence[FreeSlot]) -> list[FreeSlot]:
        """Those of ``guessed`` that nothing we know of takes; asks nobody outside."""
        _, entered = await self._cache.read(call.company_id, ())
        news = (await self._changes.since(call, _LONG_AGO)).also(entered)
        numbers = dict.fromkeys(slot.event_type_id for slot in guessed)
        whole = (tuple(slot for slot in guessed if slot.event_type_id == number) for number in numbers)
        answers = (Answered(slots[0].event_type_id, _LONG_AGO, slots) for slots in whole)
        return sorted((slot for each in answers for slot in left(each, news)), key=lambda slot: slot.start)

    async def is_taken(self, call: Call, slot: FreeSlot, first: date) -> bool:
        """Known to be taken, in the two weeks from ``first``; asks nobody outside.

        False where something was given back since it was asked, or taken from one of several people.
        """
        window = Window(call.company_id, slot.event_type_id, first, call.branch.timezone)
        [known], entered = await self._cache.read(call.company_id, [window])
        if known is None:
            return False
        news = (await self._changes.since(call, known.asked)).also(entered)
        return not is_outdated(known, news) and all(each.start != slot.start for each in left(known, news))

    async def took(self, company_id: str, event_type_id: int, start: datetime, end: datetime) -> None:
        """It is known to be taken, by us or by somebody else: no caller hears of it any more."""
        await self._noted(company_id, "taken", event_type_id, start, end)

    async def freed(self, company_id: str, event_type_id: int) -> None:
        """We gave a time of it back: who asks next starts a look, and does not wait for it."""
        now = datetime.now(UTC)
        await self._noted(company_id, "freed", event_type_id, now, now)

    async def _noted(
        self,
        company_id: str,
        kind: Literal["taken", "freed"],
        event_type_id: int,
        start: datetime,
        end: datetime,
    ) -> None:
        change = Change(kind, event_type_id, start, end, at=datetime.now(UTC))
        await self._cache.note(company_id, change)

    async def _one(self, call: Call, window: Window, known: Answered | None, news: News) -> _Seen:
        if known is None or not self._is_fresh(known):
            return await self._looked(call, window, known)
        CACHE.labels("hit").inc()
        if self._is_due(known, news):
            await self._looks.ahead(window)
        return _Seen(known)

    def _is_fresh(self, known: Answered | None) -> bool:
        return known is not None and datetime.now(UTC) - known.asked <= self._ttl

    def _is_due(self, known: Answered, news: News) -> bool:
        age = datetime.now(UTC) - known.asked
        # What changed within the skew was perhaps seen; once more after it is enough.
        return age > self._ttl * _AHEAD_FROM or (age > SKEW and is_outdated(known, news))

    async def _looked(self, call: Call, window: Window, known: Answered | None) -> _Seen:
        try:
            answered = await self._looks.result(window, seconds=call.left(self._patience))
        except AskProError as error:
            CACHE.labels("stale" if known else "miss").inc()
            if known is None:
                raise
            _log.info("slots.stale", event_type_id=window.event_type_id, reason=str(error)[:300])
            return _Seen(known, stale=True)
        CACHE.labels("miss").inc()
        return _Seen(answered)


def _window(call: Call, number: int, first: date, minutes: int | None) -> Window:
    length = call.length_at(number, minutes)
    return Window(call.company_id, number, first, call.branch.timezone, length)


def _answers(found: Sequence[_Seen | BaseException]) -> list[_Seen]:
    """What there is; nothing at all is the error of the first."""
    seen = [each for each in found if isinstance(each, _Seen)]
    errors = [each for each in found if isinstance(each, BaseException)]
    for error in errors:
        if not seen or not isinstance(error, AskProError):
            raise error
        level = "error" if isinstance(error, NotFoundError) else "warning"
        getattr(_log, level)("slots.left_out", reason=str(error)[:300])
    return seen


def _ordered(found: list[_Seen], staff: dict[int, str | None], news: News) -> list[FreeSlot]:
    slots = (
        FreeSlot(slot.start, slot.end, slot.event_type_id, staff[slot.event_type_id], stale=seen.stale)
        for seen in found
        for slot in left(seen.answered, news)
    )
    return sorted(slots, key=lambda slot: slot.start)
