"""Everything that an operator sees first, at one glance for all who look."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from services.ops_console.handlers.circuits import CircuitView, WatchCircuits
from services.ops_console.handlers.health import HealthView
from services.ops_console.handlers.ledger import LedgerView
from services.ops_console.handlers.objectives import Score
from services.ops_console.handlers.patience import or_none
from services.ops_console.handlers.queues import QueueView


@dataclass(frozen=True, slots=True)
class OverviewView:
    """A None could not be read."""

    health: HealthView
    queues: Sequence[QueueView] | None
    circuits: Mapping[str, CircuitView] | None
    dead: int | None
    ledger: LedgerView | None
    scores: Mapping[str, Score] | None


@dataclass(frozen=True, slots=True)
class LookOver:
    """All at once; never raises because something is away. ``ledger`` may be of half a minute ago."""

    look: Callable[[], Awaitable[HealthView]]
    queues: Callable[[], Awaitable[Sequence[QueueView]]]
    circuits: WatchCircuits
    dead: Callable[[], Awaitable[int]]
    ledger: Callable[[], Awaitable[LedgerView]]
    scores: Callable[[], Awaitable[Mapping[str, Score]]]

    async def __call__(self) -> OverviewView:
        health, queues, dead, ledger, scores = await asyncio.gather(
            self.look(),
            or_none(self.queues()),
            or_none(self.dead()),
            or_none(self.ledger()),
            or_none(self.scores()),
        )
        depths = None if queues is None else {view.depth.queue: view.depth for view in queues}
        circuits = await or_none(self.circuits(depths))
        return OverviewView(health, queues, circuits, dead, ledger, scores)
