"""What one call, and one company, may ask for: nobody guesses names or fills a calendar without end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.voice_tools.handlers.answers import reply
from services.voice_tools.values import Answer, Call

#: Longer than any call.
CALL_SECONDS: Final = 2 * 60 * 60.0
#: A name is misheard twice at most before a person should take over.
_MOST_MISSES: Final = 3
_MINUTE: Final = 60.0
#: A long call has fifteen; a model that repeats itself has no end.
_MOST_PER_CALL: Final = 60
#: A caller's no to the recording always counts, and a callback is the way out of every other limit.
_ALWAYS_RUN: Final = frozenset({"record_consent", "request_callback"})

Run = Callable[[Call, Any], Awaitable[Answer]]


class Counters(Protocol):
    """How often something has happened."""

    async def add(self, key: str, *, seconds: float) -> int: ...

    async def count(self, key: str) -> int: ...

    def refused(self, limit: str, function: str) -> None:
        """A function was not run: for operators."""
        ...


@dataclass(frozen=True, slots=True)
class Lasting:
    """Answers that leave something behind: ``most`` different ones in a call, told apart by ``thing``."""

    most: int
    statuses: frozenset[str]
    thing: Callable[[Any], str | None]
    sentence: str


#: A family of five is booked in one call; the fourth callback of a call has no new reason.
_LASTING: Final = {
    "book_appointment": Lasting(
        5,
        frozenset({"booked", "awaiting_confirmation", "requested", "pending"}),
        lambda args: args.slot_code,
        "enough_asked",
    ),
    "request_callback": Lasting(3, frozenset({"noted"}), lambda args: args.reason, "enough_noted"),
}


@dataclass(frozen=True, slots=True)
class Guesses:
    """Names in a call under which there was no appointment."""

    counters: Counters

    async def spent(self, call: Call) -> bool:
        """So many that the next one is not looked at."""
        return await self.counters.count(key_of(call, "misses")) >= _MOST_MISSES

    async def missed(self, call: Call) -> None:
        """One more."""
        await self.counters.add(key_of(call, "misses"), seconds=CALL_SECONDS)


@dataclass(frozen=True, slots=True)
class Limited:
    """The function ``name``, while its call and its company (``per_minute``) have not asked for too much."""

    name: str
    run: Run
    counters: Counters
    per_minute: int

    async def __call__(self, call: Call, args: Any) -> Answer:
        if self.name not in _ALWAYS_RUN and (limit := await self._over(call)) is not None:
            self.counters.refused(limit, self.name)
            return reply(call, "enough_asked")
        lasting = _LASTING.get(self.name)
        return await (self.run(call, args) if lasting is None else self._counted(call, args, lasting))

    async def _over(self, call: Call) -> str | None:
        """The limit that is reached."""
        minute = f"calls:{call.company_id}:{call.now.timestamp() // _MINUTE:.0f}"
        in_call, in_minute = await asyncio.gather(
            self.counters.add(key_of(call, "functions"), seconds=CALL_SECONDS),
            self.counters.add(minute, seconds=_MINUTE),
        )
        if in_call > _MOST_PER_CALL:
            return "call"
        return "company" if in_minute > self.per_minute else None

    async def _counted(self, call: Call, args: Any, lasting: Lasting) -> Answer:
        all_of_them, this = (
            key_of(call, self.name),
            key_of(call, f"{self.name}:{_plain(lasting.thing(args))}"),
        )
        full = await self.counters.count(all_of_them) >= lasting.most
        if full and not await self.counters.count(this):
            self.counters.refused("lasting", self.name)
            return reply(call, lasting.sentence)
        answer = await self.run(call, args)
        if answer.status in lasting.statuses and await self.counters.add(this, seconds=CALL_SECONDS) == 1:
            await self.counters.add(all_of_them, seconds=CALL_SECONDS)
        return answer


def _plain(said: str | None) -> str:
    return " ".join((said or "").casefold().split())


def key_of(call: Call, what: str) -> str:
    """Of a counter of this call."""
    return f"calls:{call.company_id}:{call.call_id}:{what}"
