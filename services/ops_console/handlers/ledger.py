"""Counts of the database and depths of the broker → the ledger, and what cannot be accounted for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.ops_console.store.ledger import STATES, Counts
from services.ops_console.store.missing import SentAgain, Suspects
from services.ops_console.store.refusals import NotPossibleError
from shared.contracts import names
from shared.contracts.depths import Depth
from shared.db.tables import Delivery

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
    """``to_be_sent``: in the outbox. ``to_be_logged``: at the broker, not in the event log yet.

    ``exact`` False: the broker did not say what is unacknowledged, so ``unaccounted`` is a lower bound.
    ``short``: queues of which the broker holds too few. Those of one service share a quarantine: how much is
    missing in all of them is certain, in which of them is not.
    """

    accepted: int
    to_be_sent: int
    to_be_logged: int
    unhandled: int
    unaccounted: int
    exact: bool
    queues: Sequence[QueueLedger]
    short: tuple[str, ...] = ()


class Books(Protocol):
    """Our side."""

    async def counts(self, since: datetime | None = None) -> Counts:
        """Raises InfrastructureError."""
        ...


class Depths(Protocol):
    """The broker's side."""

    async def read(self) -> Mapping[str, Depth]:
        """Per queue. Raises InfrastructureError."""
        ...


class Stragglers(Protocol):
    """Deliveries that wait for too long."""

    async def list(self, suspects: Suspects, limit: int) -> Sequence[Delivery]:
        """Those that wait longest first."""
        ...

    async def send_again(
        self, suspects: Suspects, *, by: str, per_second: float, reason: str, all_logged: bool
    ) -> SentAgain:
        """What is on its way, and what nobody has any more."""
        ...


@dataclass(frozen=True, slots=True)
class KeepLedger:
    """The broker is asked first: what is settled meanwhile then counts on neither side."""

    books: Books
    depths: Depths

    async def __call__(self, since: datetime | None = None) -> LedgerView:
        depths = await self.depths.read()
        return ledger_of(await self.books.counts(since), depths)


@dataclass(frozen=True, slots=True)
class FindMissing:
    """Who they are: each delivery that is overdue in a queue of which the broker holds too few."""

    keep_ledger: KeepLedger
    stragglers: Stragglers

    async def __call__(self, limit: int) -> tuple[LedgerView, Sequence[Delivery]]:
        view = await self.keep_ledger()
        return view, await self.stragglers.list(Suspects(view.short), limit)


@dataclass(frozen=True, slots=True)
class SendMissing:
    """Send them again from the event log; nothing where the ledger is right.

    Raises:
        NotPossibleError: nothing is unaccounted for.
    """

    keep_ledger: KeepLedger
    stragglers: Stragglers

    async def __call__(
        self, queue: str | None, ids: tuple[str, ...] | None, *, by: str, per_second: float, reason: str
    ) -> SentAgain:
        view = await self.keep_ledger()
        suspects = Suspects(tuple(name for name in view.short if queue in {None, name}), ids)
        again = await self.stragglers.send_again(
            suspects, by=by, per_second=per_second, reason=reason, all_logged=view.to_be_logged == 0
        )
        if not again.sent and not again.lost:
            raise NotPossibleError("Nothing is unaccounted for there; askpro ledger missing lists what is.")
        return again


def ledger_of(counts: Counts, depths: Mapping[str, Depth]) -> LedgerView:
    """The ledger at one moment."""
    missing = _missing(counts, depths)
    queues = sorted({*counts.states, *counts.overdue})
    log = depths.get(names.EVENT_LOG)
    return LedgerView(
        accepted=counts.accepted,
        to_be_sent=counts.to_be_sent,
        to_be_logged=log.held if log else 0,
        unhandled=counts.unhandled,
        unaccounted=sum(missing.values()),
        exact=all(depth.exact for depth in depths.values()),
        queues=[
            QueueLedger(queue, **counts.states.get(queue, _NO_STATES), unaccounted=missing.get(queue, 0))
            for queue in queues
        ],
        short=_short(counts, depths, missing),
    )


def _missing(counts: Counts, depths: Mapping[str, Depth]) -> dict[str, int]:
    """Per queue: what is overdue beyond what the broker holds for it.

    Quarantine and dead letters are one queue per service; what they hold is taken off once, queue by queue.
    Where only a part of the time was asked for, it is blamed for no more than what is overdue in it.
    """
    spare: dict[str, int] = defaultdict(int)
    for service in {names.service_of(queue) for queue in counts.overdue}:
        spare[service] = sum(_held(depths, name(service)) for name in (names.quarantine, names.dead_letters))
    missing = {}
    for queue, overdue in sorted(counts.overdue.items()):
        service = names.service_of(queue)
        left = max(0, overdue - _held(depths, queue))
        covered = min(left, spare[service])
        spare[service] -= covered
        missing[queue] = left - covered
    blamed = counts.overdue if counts.suspects is None else counts.suspects
    return {queue: min(number, blamed.get(queue, 0)) for queue, number in missing.items()}


def _short(counts: Counts, depths: Mapping[str, Depth], missing: Mapping[str, int]) -> tuple[str, ...]:
    services = {names.service_of(queue) for queue, number in missing.items() if number}
    beyond = (queue for queue, overdue in counts.overdue.items() if overdue > _held(depths, queue))
    return tuple(sorted(queue for queue in beyond if names.service_of(queue) in services))


def _held(depths: Mapping[str, Depth], queue: str) -> int:
    depth = depths.get(queue)
    return depth.held if depth else 0
