"""Outbox rows and due redeliveries → the broker. One in every service; any number may run at once."""

import asyncio
from typing import Final

from shared.db import deliveries
from shared.db.engine import Database
from shared.errors import InfrastructureError
from shared.messaging.edge import Origin
from shared.messaging.lane import Lane
from shared.messaging.publisher import Publisher
from shared.messaging.sources import DueDeliveries, OutboxEvents
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_SWEEP_SECONDS: Final = 5.0


class Relay:
    """Two lanes, so that a backlog of redeliveries does not delay fresh events, nor the other way round."""

    def __init__(self, database: Database, publisher: Publisher, *, origin: Origin) -> None:
        self._database = database
        self._lanes = (
            Lane(OutboxEvents(origin), database, publisher),
            Lane(DueDeliveries(origin), database, publisher),
        )

    async def run(self) -> None:
        """Send what there is, wait for more, until ``finish`` or cancelled; no error ends it."""
        sweeping = asyncio.create_task(self._sweep_for_ever())
        try:
            await asyncio.gather(*(lane.run() for lane in self._lanes))
        finally:
            sweeping.cancel()

    async def finish(self) -> None:
        """Make one more round and end; returns when that is done."""
        await asyncio.gather(*(lane.finish() for lane in self._lanes))

    async def _sweep_for_ever(self) -> None:
        """Free what waits for a circuit that is closed already."""
        while True:
            try:
                async with self._database.transaction() as session:
                    await deliveries.sweep(session)
            except InfrastructureError as error:
                _log.warning("relay.waits", gate=error.gate, reason=str(error))
            except Exception:  # noqa: BLE001  # a sweep that died unseen would leave parked deliveries parked
                _log.exception("relay.failed")
            await asyncio.sleep(_SWEEP_SECONDS)
