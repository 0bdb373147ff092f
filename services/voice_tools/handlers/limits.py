"""What one call may ask for: nobody guesses names, or fills a calendar, for as long as the line holds."""

from dataclasses import dataclass
from typing import Final, Protocol

from services.voice_tools.values import Call

#: Longer than any call.
_CALL_SECONDS: Final = 2 * 60 * 60.0
#: A name is misheard twice at most before a person should take over.
_MOST_MISSES: Final = 3


class Counters(Protocol):
    """How often something has happened."""

    async def add(self, key: str, *, seconds: float) -> int: ...

    async def count(self, key: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Guesses:
    """Names in a call under which there was no appointment."""

    counters: Counters

    async def spent(self, call: Call) -> bool:
        """So many that the next one is not looked at."""
        return await self.counters.count(_key(call, "misses")) >= _MOST_MISSES

    async def missed(self, call: Call) -> None:
        """One more."""
        await self.counters.add(_key(call, "misses"), seconds=_CALL_SECONDS)


def _key(call: Call, what: str) -> str:
    return f"calls:{call.company_id}:{call.call_id}:{what}"
