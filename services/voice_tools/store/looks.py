"""Looks at the calendar: one at a time per window, whoever asks, and some before anybody has to wait."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from services.voice_tools.store.calendars import Calendars
from services.voice_tools.store.slot_cache import SlotCache, Window
from services.voice_tools.store.taken import Answered
from services.voice_tools.values import FreeSlot, StillLookingError
from shared.clients.calcom import Slot
from shared.errors import TransientError
from shared.observability.logging import get_logger
from shared.resilience.limits import Limits
from shared.resilience.policies import CALCOM_VOICE

_log = get_logger("slots")
#: Looks that nobody waits for leave two thirds of the key's budget to callers and to everybody else.
_AHEAD: Final = replace(CALCOM_VOICE, per_minute=(CALCOM_VOICE.per_minute or 0) // 3)
#: Whoever was told "another moment" has asked again by then: the calendar is away, not slow.
_AWAY_AFTER: Final = 2.5
#: Longer than a caller needs from the cache to here.
_LINGERS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """``began``: by the loop's clock."""

    task: asyncio.Task[Answered]
    began: float


class Looks:
    """A look goes on when nobody waits for it any more: its answer is the next caller's."""

    def __init__(self, calendars: Calendars, cache: SlotCache) -> None:
        self._calendars = calendars
        self._cache = cache
        self._limits = Limits(None)
        self._going: dict[str, Look] = {}

    async def result(self, window: Window, *, seconds: float) -> Answered:
        """The calendar's answer.

        Raises:
            StillLookingError: it takes longer than ``seconds``.
            TransientError: it has taken far longer already.
            AskProError: what Cal.com's client raises.
        """
        look = self.begin(window)
        done, _ = await asyncio.wait({look.task}, timeout=seconds)
        if done:
            return look.task.result()
        if asyncio.get_running_loop().time() - look.began > _AWAY_AFTER:
            raise TransientError(f"Cal.com has not answered for {_AWAY_AFTER} s")
        raise StillLookingError(f"no free times of {window.event_type_id} within {seconds:.1f} s")

    def is_going(self, window: Window) -> bool:
        """Somebody has begun it: one more who waits costs no request."""
        return window.key in self._going

    async def ahead(self, window: Window) -> None:
        """Begin a look that nobody waits for, unless one is going on or the key has few left."""
        if window.key not in self._going and not await self._limits.take(window.company_id, _AHEAD):
            self.begin(window)

    def begin(self, window: Window) -> Look:
        """Look, unless one is going on; its answer is the next ``result``."""
        look = self._going.get(window.key)
        if look is None:
            loop = asyncio.get_running_loop()
            look = self._going[window.key] = Look(loop.create_task(self._fetch(window)), loop.time())
            look.task.add_done_callback(lambda done: self._ended(window, done))
        return look

    def _ended(self, window: Window, task: asyncio.Task[Answered]) -> None:
        error = None if task.cancelled() else task.exception()
        # Who read the cache a moment before it was filled finds the answer here.
        linger = _LINGERS if error is None else 0.0
        asyncio.get_running_loop().call_later(linger, self._going.pop, window.key, None)
        if error is not None:
            # Nobody may be waiting any more.
            _log.warning("slots.unknown", event_type_id=window.event_type_id, reason=str(error)[:300])

    async def _fetch(self, window: Window) -> Answered:
        calendar = await self._calendars.of(window.company_id)
        asked = datetime.now(UTC)
        found = await calendar.slots(window.query(asked))
        number = window.event_type_id
        slots = tuple(FreeSlot(slot.start.astimezone(UTC), _end(slot), number) for slot in found)
        answered = Answered(number, asked, slots)
        await self._cache.keep(window, answered)
        return answered


def _end(slot: Slot) -> datetime:
    return (slot.end or slot.start).astimezone(UTC)
