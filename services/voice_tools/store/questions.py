"""What a caller was asked in this call: the same question is not asked twice."""

from collections.abc import Sequence
from typing import Any, Final

from cashews import Cache

from services.voice_tools.values import Call

#: A question is answered in the next sentence, or forgotten.
_LIFETIME: Final = 300.0
#: No call is longer.
_OF_A_CALL: Final = 3600.0


class Questions:
    """In the cache: while it is away a caller is asked once more, which does no harm."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def ask(self, call: Call, choices: Sequence[str]) -> None:
        """Which of ``choices`` is meant, is asked now; the question before it is settled."""
        entry = {"choices": list(choices), "turn": call.turns}
        await self._cache.set(_key(call), entry, expire=_LIFETIME)

    async def answered(self, call: Call) -> frozenset[str]:
        """The choices of the last question, once the caller has spoken since.

        A request without a transcript cannot say whether they have; it counts as an answer.
        """
        entry: dict[str, Any] | None = await self._cache.get(_key(call))
        if entry is None or not _spoke_since(call, entry["turn"]):
            return frozenset()
        return frozenset(entry["choices"])

    async def ask_about(self, call: Call, subject: str) -> bool:
        """``subject`` is asked about now; False where that would be forgotten, and asked for ever."""
        await self._cache.set(_key(call, subject), {"turn": call.turns}, expire=_OF_A_CALL)
        return await self._cache.get(_key(call, subject)) is not None

    async def was_asked_about(self, call: Call, subject: str) -> bool:
        """It was, and the caller has spoken since."""
        entry: dict[str, Any] | None = await self._cache.get(_key(call, subject))
        return entry is not None and _spoke_since(call, entry["turn"])


def _spoke_since(call: Call, turn: int | None) -> bool:
    return call.turns is None or turn is None or call.turns > turn


def _key(call: Call, subject: str = "") -> str:
    return f"asked:{call.company_id}:{call.call_id}:{subject}"
