"""Questions that are not settled yet: asked once more in other words, and then not any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.voice_tools.handlers.answers import reply
from services.voice_tools.handlers.limits import CALL_SECONDS, Counters, key_of
from services.voice_tools.values import Answer, Call


@dataclass(frozen=True, slots=True)
class Repeats:
    """What a call was asked, in counters: a cache that is away does not make them forget."""

    counters: Counters

    async def ask(self, call: Call, subject: str, forms: Sequence[str], **values: str) -> Answer:
        """The first of ``forms``, the next one once the caller has spoken since; the last one stays."""
        before = await self._before(call, subject)
        return reply(call, forms[min(before, len(forms) - 1)], None, **values)

    async def settled(self, call: Call) -> None:
        """Whatever is asked from now on is asked about something else."""
        await self._add(key_of(call, "settled"))

    async def _before(self, call: Call, subject: str) -> int:
        """How often it was asked, and the caller said something to it."""
        asked = f"{key_of(call, 'asked')}:{await self.counters.count(key_of(call, 'settled'))}:{subject}"
        # Without a transcript nobody knows whether the caller has spoken: each question counts.
        if call.turns is not None and await self._add(f"{asked}:{call.turns}") > 1:
            return await self.counters.count(asked) - 1
        return await self._add(asked) - 1

    async def _add(self, key: str) -> int:
        return await self.counters.add(key, seconds=CALL_SECONDS)
