"""A row looked up once, kept for a short while in this process, and served on while the database is away."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from shared.errors import InfrastructureError

T = TypeVar("T")

#: What is known is not worth a longer wait.
_PATIENCE: Final = 0.4
#: Ingest answers within 1.5 s, and a webhook it refuses may never be sent again.
_COLD_PATIENCE: Final = 1.0
#: While the database is away what is known is served without asking again for this long.
_REST: Final = 2.0
_NEGATIVE_TTL: Final = 3.0
#: Whoever sends what does not fit must not make us ask the database at will.
_DOUBTED_EVERY: Final = 1.0
#: Made-up keys must not fill the memory.
_MOST: Final = 10_000


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T | None
    fresh_until: float
    doubted_at: float


class Remembered(Generic[T]):
    """``load``: reads one key, None where there is nothing. One look-up at a time per key.

    ``ttl``: seconds after which a change is noticed; that there is nothing is believed for a shorter time.
    ``patience``: seconds to wait for the database where something is known, ``cold`` where nothing is.
    """

    def __init__(
        self,
        load: Callable[[str], Coroutine[Any, Any, T | None]],
        *,
        ttl: float,
        patience: float = _PATIENCE,
        cold: float = _COLD_PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._ttl = ttl
        self._patience = patience
        self._cold = cold
        self._clock = clock
        self._entries: OrderedDict[str, _Entry[T]] = OrderedDict()
        self._loading: dict[str, asyncio.Task[T | None]] = {}

    async def of(self, key: str) -> T | None:
        """What is known of ``key``, however old while the database is away.

        Raises:
            InfrastructureError: nothing is known and the database did not answer in time.
        """
        known = self._entries.get(key)
        if known is not None and self._clock() < known.fresh_until:
            return known.value
        try:
            return await self._read(
                key, self._cold if known is None or known.value is None else self._patience
            )
        except InfrastructureError:
            # "There is nothing" is not repeated from memory: it may have been entered meanwhile.
            if known is None or known.value is None:
                raise
            known.fresh_until = self._clock() + min(_REST, self._ttl)
            return known.value

    async def again(self, key: str) -> T | None:
        """``of``, but looked up first: what is known did not fit. At most one such look-up a second per key.

        Who asks meanwhile waits for the look-up that is on its way, and gets what it found afterwards.

        Raises:
            InfrastructureError: nothing is known and the database did not answer in time.
        """
        known, now = self._entries.get(key), self._clock()
        if known is not None and now - known.doubted_at >= _DOUBTED_EVERY:
            known.doubted_at = known.fresh_until = now
        return await self.of(key)

    def forget(self, key: str) -> None:
        """Look it up anew next time; a look-up that is on its way may have read what was."""
        self._entries.pop(key, None)
        self._loading.pop(key, None)

    async def _read(self, key: str, patience: float) -> T | None:
        task = self._loading.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._load(key))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._loaded(key, done))
        # The look-up goes on when this caller's patience ends: the next one finds its result.
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            raise InfrastructureError(f"database: no answer within {patience} s", gate="database")
        return task.result()

    def _loaded(self, key: str, task: asyncio.Task[T | None]) -> None:
        forgotten = self._loading.get(key) is not task
        if not forgotten:
            del self._loading[key]
        if task.cancelled() or task.exception() is not None or forgotten:
            return
        value = task.result()
        ttl = self._ttl if value is not None else min(_NEGATIVE_TTL, self._ttl)
        before = self._entries.get(key)
        doubted_at = before.doubted_at if before is not None else -_DOUBTED_EVERY
        self._entries[key] = _Entry(value, self._clock() + ttl, doubted_at)
        self._entries.move_to_end(key)
        while len(self._entries) > _MOST:
            self._entries.popitem(last=False)
