"""What a fault has to leave: nothing that waits (I3), all as it was (I5), nothing that failed unseen (I6)."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from shared.clients.console import ConsoleClient
from tests.faults.depths import TICK_SECONDS, Depths
from tests.faults.logs import Logs
from tests.faults.vitals import Rest, at_rest, vital
from tests.faults.waiting import at_last

#: For a machine that does much besides; on a quiet one each takes a moment.
_WITHIN: Final = 120.0
_EVERY: Final = 0.3
#: Looks in a row at an empty broker: longer together than a queue takes to count itself anew.
_LOOKS: Final = int(TICK_SECONDS / _EVERY) + 3


class Process(Protocol):
    """One of ours, which somebody starts again when it ends."""

    log: Path
    deaths: list[int]

    @property
    def pid(self) -> int: ...

    async def tasks(self) -> Counter[str]: ...


class Whole(Protocol):
    """An installation with its books."""

    @property
    def console(self) -> ConsoleClient: ...

    @property
    def ours(self) -> Mapping[str, Process]: ...

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]: ...


@dataclass
class Aftermath:
    """``rest``: what each process consisted of before anything was broken."""

    here: Whole
    depths: Depths
    rest: dict[str, Rest] = field(default_factory=dict)
    _logs: Logs = field(default_factory=Logs)

    async def measure(self) -> None:
        """Take the baseline, of processes that have nothing to do."""
        self.rest |= {
            name: await at_rest(one) for name, one in self.here.ours.items() if name not in self.rest
        }

    def begin(self) -> None:
        """A test begins: what is logged from now on is its own."""
        self._logs.begin(self._files)

    async def logged(self, words: str, *, within: float) -> None:
        """Return once somebody has logged ``words`` in this test."""

        async def said() -> str:
            return "" if self._logs.say(self._files, words) else f"nobody has logged {words!r}"

        await at_last(said, "the fault strikes", within=within)

    async def booked(self) -> None:
        """Return once all that was accepted and told is in the log, and the ledger misses nothing."""
        await at_last(self._books, "I3", within=_WITHIN)

    async def holds(self, excused: Mapping[str, str] | None = None) -> None:
        """``excused``: lines of a log that this fault rightly causes, each with the reason."""
        await self.booked()
        await self._empty_for_long()
        await at_last(self._changed, "I5", within=_WITHIN)
        deaths = {name: one.deaths for name, one in self.here.ours.items() if one.deaths}
        assert not deaths, f"I6: processes ended by themselves: {deaths}"
        failures = self._logs.failures(self._files, excused or {})
        assert not failures, f"I6: failed unseen, {len(failures)} times: {failures[:3]}"

    @property
    def _files(self) -> dict[str, Path]:
        return {name: one.log for name, one in self.here.ours.items()}

    async def _books(self) -> str:
        left = self.here.rows("select count(*) as n from outbox")[0]["n"]
        ledger = await asyncio.to_thread(self.here.console.get, "ledger")
        open_ = {"outbox": left, **{name: ledger[name] for name in ("unaccounted", "to_be_logged")}}
        return f"{open_}" if any(open_.values()) else ""

    async def _empty_for_long(self) -> None:
        looks = 0

        async def look() -> str:
            nonlocal looks
            left = await self.depths.left()
            looks = 0 if left else looks + 1
            return f"the broker holds {left}" if left else "" if looks >= _LOOKS else "it was empty just now"

        await at_last(look, "I3", within=_WITHIN, every=_EVERY)

    async def _changed(self) -> str:
        found = {name: self.rest[name].missing(await vital(one)) for name, one in self.here.ours.items()}
        return "; ".join(f"{name}: {what}" for name, what in found.items() if what)
