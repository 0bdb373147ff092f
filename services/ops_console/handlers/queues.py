"""What each queue holds, since when, how fast it moves; and a person who pauses it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.ops_console.handlers.circuits import Circuits, Queues, in_minutes, is_open
from services.ops_console.handlers.patience import or_none
from services.ops_console.store.refusals import NotThereError
from shared.contracts.depths import Depth
from shared.contracts.names import pause_of
from shared.contracts.needs import NEEDS
from shared.resilience.circuit_state import CircuitState, Forcing

#: The event log and the dead letters are the record itself: they are always taken.
PAUSABLE: Final = frozenset(NEEDS)


@dataclass(frozen=True, slots=True)
class QueueView:
    """``oldest``: since when its oldest message waits; ``pause``: a person's word that holds now.

    ``parked``: deliveries of a pause that lasts, in the database.
    """

    depth: Depth
    oldest: datetime | None
    pause: CircuitState | None
    parked: int

    @property
    def pausable(self) -> bool:
        """A person may pause it."""
        return self.depth.queue in PAUSABLE


class Ages(Protocol):
    """The deliveries in the database."""

    async def oldest(self) -> Mapping[str, datetime]:
        """Since when the oldest of each queue waits. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class WatchQueues:
    """All of ours, by name. What the database cannot tell is empty.

    Raises:
        InfrastructureError: the broker is away.
    """

    depths: Queues
    ages: Ages
    circuits: Circuits

    async def __call__(self) -> Sequence[QueueView]:
        depths, oldest, states, parked = await asyncio.gather(
            self.depths.read(),
            or_none(self.ages.oldest()),
            or_none(self.circuits.states()),
            or_none(self.circuits.parked()),
        )
        pauses = {state.name: state for state in states or () if is_open(state)}
        return [
            QueueView(
                depth,
                (oldest or {}).get(name) if depth.held else None,
                pauses.get(pause_of(name)),
                (parked or {}).get(pause_of(name), 0),
            )
            for name, depth in sorted(depths.items())
        ]


@dataclass(frozen=True, slots=True)
class PauseQueue:
    """Each deed and its entry in the audit trail are one transaction."""

    circuits: Circuits

    async def pause(self, queue: str, person: str, reason: str, minutes: float) -> None:
        """Nothing of it is handled until the time is over or somebody resumes it.

        Raises:
            NotThereError: there is no such work queue.
        """
        _require(queue)
        until = in_minutes(minutes)
        name = pause_of(queue)
        await self.circuits.say(Forcing(name, "open", person, reason, until, deed="queue.paused"))

    async def resume(self, queue: str, person: str, reason: str) -> None:
        """It goes on at once. Raises NotThereError as ``pause``."""
        _require(queue)
        await self.circuits.say(Forcing(pause_of(queue), None, person, reason, deed="queue.resumed"))


def _require(queue: str) -> None:
    if queue not in PAUSABLE:
        work = ", ".join(sorted(PAUSABLE))
        raise NotThereError(f"There is no work queue {queue} that could be paused; those are {work}.")
