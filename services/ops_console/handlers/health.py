"""One deep look at everything the platform depends on."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.ops_console.handlers.circuits import is_open
from services.ops_console.handlers.patience import or_none
from services.ops_console.store.ledger import Recent
from shared.clients.reachability import timed
from shared.contracts.depths import Depth
from shared.errors import AskProError
from shared.resilience.circuit_state import CircuitState

Probe = Callable[[], Awaitable[None]]
#: Without these nothing is accepted or settled; without the others something waits.
_VITAL: Final = frozenset({"database", "broker"})
#: More of the deliveries of the last minutes failed than usually do.
ERROR_RATE_LIMIT: Final = 0.05


@dataclass(frozen=True, slots=True)
class Light:
    """A dependency: ``seconds`` until it answered, or what is wrong. ``ok`` None: it is not set up."""

    name: str
    ok: bool | None
    seconds: float | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class HealthView:
    """``status``: healthy, degraded, down. A None could not be read."""

    status: str
    dependencies: Sequence[Light]
    queues: Sequence[Depth] | None
    recent: Recent | None
    circuits: Sequence[CircuitState] | None


class Queues(Protocol):
    """The broker."""

    async def read(self) -> Mapping[str, Depth]:
        """Raises InfrastructureError."""
        ...


class Recents(Protocol):
    """The deliveries of the last minutes."""

    async def recent(self, minutes: int = 5) -> Recent:
        """Raises InfrastructureError."""
        ...


class States(Protocol):
    """The circuits."""

    async def states(self) -> Sequence[CircuitState]:
        """Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class LookAtEverything:
    """All at once, each within three seconds; never raises because something is away.

    ``probes``: None for what is not set up.
    """

    probes: Mapping[str, Probe | None]
    depths: Queues
    ledger: Recents
    circuits: States

    async def __call__(self) -> HealthView:
        lights, depths, recent, circuits = await asyncio.gather(
            asyncio.gather(*(_light(name, probe) for name, probe in self.probes.items())),
            or_none(self.depths.read()),
            or_none(self.ledger.recent()),
            or_none(self.circuits.states()),
        )
        queues = None if depths is None else sorted(depths.values(), key=lambda depth: depth.queue)
        return HealthView(_status(lights, recent, circuits), lights, queues, recent, circuits)


async def _light(name: str, probe: Probe | None) -> Light:
    if probe is None:
        return Light(name, ok=None, seconds=None, problem=None)
    try:
        return Light(name, ok=True, seconds=await timed(probe), problem=None)
    except (AskProError, OSError, ValueError) as error:  # ValueError: an address that is none
        return Light(name, ok=False, seconds=None, problem=str(error)[:300] or type(error).__name__)


def _status(lights: Sequence[Light], recent: Recent | None, circuits: Sequence[CircuitState] | None) -> str:
    dark = {light.name for light in lights if light.ok is False}
    if dark & _VITAL:
        return "down"
    failing = recent is None or recent.error_rate > ERROR_RATE_LIMIT
    # Also a queue that a person has paused: something waits.
    waits = any(is_open(circuit) for circuit in circuits or ())
    return "degraded" if dark or failing or waits else "healthy"
