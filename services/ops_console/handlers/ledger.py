"""Counts of the database and depths of the broker → the ledger, and what cannot be accounted for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.ops_console.store.ledger import STATES, Counts
from shared.contracts import names
from shared.contracts.depths import Depth

_NO_STATES: Final = dict.fromkeys(STATES, 0)


@dataclass(frozen=True, slots=True)
class QueueLedger:
    """The five states of one queue; ``unaccounted``: waiting in our books and nowhere in the broker."""

    queue: str
    waiting: int
    redelivery: int
    done: int
    dead: int
    discarded: int
    unaccounted: int = 0


@dataclass(frozen=True, slots=True)
class LedgerView:
    """``exact`` False: the broker did not say what is unacknowledged, so ``unaccounted`` is a lower bound."""

    accepted: int
    to_be_logged: int
    unhandled: int
    unaccounted: int
    exact: bool
    queues: Sequence[QueueLedger]


class Books(Protocol):
    """Our side."""

    async def counts(self) -> Counts:
        """Raises InfrastructureError."""
        ...


class Depths(Protocol):
    """The broker's side."""

    async def read(self) -> Mapping[str, Depth]:
        """Per queue. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class KeepLedger:
    """The broker is asked first: what is settled meanwhile then counts on neither side."""

    books: Books
    depths: Depths

    async def __call__(self) -> LedgerView:
        depths = await self.depths.read()
        return ledger_of(await self.books.counts(), depths)


def ledger_of(counts: Counts, depths: Mapping[str, Depth]) -> LedgerView:
    """The ledger at one moment."""
    missing = _missing(counts, depths)
    queues = sorted({*counts.states, *counts.overdue})
    log = depths.get(names.EVENT_LOG)
    return LedgerView(
        accepted=counts.accepted,
        to_be_logged=log.held if log else 0,
        unhandled=counts.unhandled,
        unaccounted=sum(missing.values()),
        exact=all(depth.exact for depth in depths.values()),
        queues=[
            QueueLedger(queue, **counts.states.get(queue, _NO_STATES), unaccounted=missing.get(queue, 0))
            for queue in queues
        ],
    )


def _missing(counts: Counts, depths: Mapping[str, Depth]) -> dict[str, int]:
    """Per queue: what is overdue beyond what the broker and the outbox hold for it.

    Quarantine and dead letters are one queue per service; what they hold is taken off once, queue by queue.
    """
    spare: dict[str, int] = defaultdict(int)
    for service in {names.service_of(queue) for queue in counts.overdue}:
        spare[service] = sum(_held(depths, name(service)) for name in (names.quarantine, names.dead_letters))
    missing = {}
    for queue, overdue in sorted(counts.overdue.items()):
        service = names.service_of(queue)
        left = max(0, overdue - _held(depths, queue) - counts.leaving.get(queue, 0))
        covered = min(left, spare[service])
        spare[service] -= covered
        missing[queue] = left - covered
    return missing


def _held(depths: Mapping[str, Depth], queue: str) -> int:
    depth = depths.get(queue)
    return depth.held if depth else 0
