"""The ledger and the broker's depths → metrics, read now and then, however often somebody scrapes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from prometheus_client import Gauge

from services.ops_console.handlers.ledger import Books, Depths, LedgerView, ledger_of
from services.ops_console.store.ledger import STATES
from shared.contracts.depths import Depth

#: The ledger counts whole tables; alerts wait for a minute anyway.
REPORT_SECONDS: Final = 30.0

_UNACCOUNTED: Final = Gauge(
    "askpro_ledger_unaccounted", "Deliveries neither settled nor anywhere in the broker.", ("queue",)
)
_DELIVERIES: Final = Gauge("askpro_ledger_deliveries", "Deliveries in each state.", ("queue", "state"))
_TO_BE_LOGGED: Final = Gauge("askpro_ledger_to_be_logged", "Accepted events that wait for the event log.")
_TO_BE_SENT: Final = Gauge("askpro_ledger_to_be_sent", "Accepted events that wait in the outbox.")
_MESSAGES: Final = Gauge("askpro_queue_messages", "What the broker holds for a queue.", ("queue", "state"))
_CONSUMERS: Final = Gauge("askpro_queue_consumers", "Consumers of a queue.", ("queue",))
_READ: Final = Gauge("askpro_ledger_read_timestamp_seconds", "When the ledger was last read, in Unix time.")


@dataclass(frozen=True, slots=True)
class ReportLedger:
    """One reading. Numbers that cannot be read stay as they were, and ``_READ`` tells their age.

    Raises:
        InfrastructureError: database or broker are away.
    """

    books: Books
    depths: Depths

    async def __call__(self) -> None:
        depths = await self.depths.read()
        ledger = ledger_of(await self.books.counts(), depths)
        # Nothing is awaited from here on: a scrape sees one reading, whole.
        _report_ledger(ledger)
        _report_depths(depths)
        _READ.set_to_current_time()


def _report_ledger(ledger: LedgerView) -> None:
    _UNACCOUNTED.clear()
    _DELIVERIES.clear()
    _TO_BE_SENT.set(ledger.to_be_sent)
    _TO_BE_LOGGED.set(ledger.to_be_logged)
    for line in ledger.queues:
        _UNACCOUNTED.labels(line.queue).set(line.unaccounted)
        counts = asdict(line)
        for state in STATES:
            _DELIVERIES.labels(line.queue, state).set(counts[state])


def _report_depths(depths: Mapping[str, Depth]) -> None:
    _MESSAGES.clear()
    _CONSUMERS.clear()
    for depth in depths.values():
        _MESSAGES.labels(depth.queue, "ready").set(depth.ready)
        _CONSUMERS.labels(depth.queue).set(depth.consumers)
        if depth.unacknowledged is not None:
            _MESSAGES.labels(depth.queue, "unacknowledged").set(depth.unacknowledged)
