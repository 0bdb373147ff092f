"""What the ledger says is what a scrape sees."""

from collections.abc import Mapping
from datetime import datetime

import pytest
from prometheus_client import REGISTRY

from services.ops_console.reports import ReportLedger
from services.ops_console.store.ledger import Counts
from shared.contracts.depths import Depth
from shared.errors import InfrastructureError

QUEUE = "syncer.bookings"


class Platform:
    """Books and broker as they are at one moment."""

    def __init__(self) -> None:
        self.dead = 2
        self.queues: tuple[str, ...] = (QUEUE,)
        self.away = False

    async def counts(self, since: datetime | None = None) -> Counts:
        if self.away:
            raise InfrastructureError("the database is away", gate="database")
        states = {
            queue: {"waiting": 3, "redelivery": 1, "done": 7, "dead": self.dead, "discarded": 0}
            for queue in self.queues
        }
        return Counts(accepted=13, unhandled=0, to_be_sent=0, states=states, overdue={QUEUE: 3})

    async def read(self) -> Mapping[str, Depth]:
        return {QUEUE: Depth(QUEUE, ready=1, unacknowledged=1, consumers=4)}


def _sample(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


@pytest.fixture
def platform() -> Platform:
    return Platform()


async def test_a_scrape_sees_the_ledger_and_the_depths(platform: Platform) -> None:
    await ReportLedger(platform, platform)()
    assert _sample("askpro_ledger_unaccounted", queue=QUEUE) == 1
    assert _sample("askpro_ledger_deliveries", queue=QUEUE, state="dead") == 2
    assert _sample("askpro_queue_messages", queue=QUEUE, state="unacknowledged") == 1
    assert _sample("askpro_queue_consumers", queue=QUEUE) == 4


async def test_a_queue_that_is_gone_is_not_reported_for_ever(platform: Platform) -> None:
    platform.queues = (QUEUE, "syncer.renamed")
    await ReportLedger(platform, platform)()
    platform.queues = (QUEUE,)
    await ReportLedger(platform, platform)()
    assert _sample("askpro_ledger_deliveries", queue="syncer.renamed", state="dead") is None


async def test_without_the_database_the_last_reading_stands_and_its_age_shows(platform: Platform) -> None:
    report = ReportLedger(platform, platform)
    await report()
    read = _sample("askpro_ledger_read_timestamp_seconds")
    platform.away, platform.dead = True, 9
    with pytest.raises(InfrastructureError):
        await report()
    assert _sample("askpro_ledger_deliveries", queue=QUEUE, state="dead") == 2
    assert _sample("askpro_ledger_read_timestamp_seconds") == read
