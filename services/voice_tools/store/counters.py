"""How often something has happened lately, in this process and, where there is a shared cache, in all."""

from typing import Final

from cashews import Cache
from prometheus_client import Counter

REFUSED: Final = Counter(
    "askpro_voice_limits_total", "Functions that were not run: a limit was reached.", ("limit", "function")
)
#: Made-up calls must not fill the memory.
_MOST: Final = 50_000


class Counters:
    """``shared``: a cache of all replicas. While it is away each process goes by what it has seen itself."""

    def __init__(self, shared: Cache | None) -> None:
        self._shared = shared
        self._own = Cache("counters")
        self._own.setup("mem://", size=_MOST)

    async def add(self, key: str, *, seconds: float) -> int:
        """How often with this time; forgotten ``seconds`` after the first."""
        here = await self._own.incr(key, expire=seconds)
        everywhere = await self._shared.incr(key, expire=seconds) if self._shared else 0
        return max(here, everywhere or 0)

    async def count(self, key: str) -> int:
        """How often so far."""
        here = await self._own.get(key, default=0)
        everywhere = await self._shared.get(key, default=0) if self._shared else 0
        return max(int(here), int(everywhere or 0))

    def refused(self, limit: str, function: str) -> None:
        """A function was not run because of the limit."""
        REFUSED.labels(limit, function).inc()
