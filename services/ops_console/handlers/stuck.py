"""A circuit that stays open is told to people, once for each time it opened."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from services.ops_console.handlers.circuits import CircuitView
from services.ops_console.handlers.overview import OverviewView
from shared.contracts.events import CircuitStuck


class Told(Protocol):
    """What was told."""

    async def tell(self, event: CircuitStuck) -> bool:
        """False where this opening was told before. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class TellStuckCircuits:
    """``minutes``: for how long one may be open before people hear of it. Raises InfrastructureError."""

    overview: Callable[[], Awaitable[OverviewView]]
    told: Told
    minutes: float

    async def __call__(self) -> None:
        circuits = (await self.overview()).circuits or {}
        for event in stuck(circuits, self.minutes, datetime.now(UTC)):
            await self.told.tell(event)


def stuck(views: Mapping[str, CircuitView], minutes: float, now: datetime) -> Iterator[CircuitStuck]:
    """Those that have been open for so long because calls failed; what a person opened, they know of."""
    for view in views.values():
        state = view.state
        if state.state != "open" or not view.is_open or state.opened_at is None or not state.is_announced:
            continue
        lasted = (now - state.opened_at).total_seconds() / 60
        if lasted >= minutes:
            yield CircuitStuck(
                circuit=state.name,
                opened_at=state.opened_at,
                minutes=round(lasted, 1),
                reason=state.reason or "",
                waiting=None if view.held is None else view.parked + view.held,
                company_id=state.company_id,
            )
