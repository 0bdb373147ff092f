"""Outbox rows and due redeliveries → the broker. One in every service; any number may run at once."""

import asyncio
import contextlib
import time
from typing import Final

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.names import DELIVERY_ATTEMPT
from shared.db import deliveries
from shared.db.engine import Database
from shared.db.tables import Delivery, Outbox
from shared.errors import InfrastructureError
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from shared.observability.logging import get_logger
from shared.observability.metrics import RELAYED

_log = get_logger(__name__)
#: A batch holds its rows locked until the broker has confirmed them.
_BATCH: Final = 200
#: Covers what a process left that died after its commit, and what became due.
_POLL_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 5.0


class Relay:
    """Runs until cancelled; errors of database and broker are waited out."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher
        self._wake = asyncio.Event()
        self._swept = 0.0
        database.on_outbox(self._wake.set)

    async def run(self) -> None:
        """Send what there is, wait for more."""
        while True:
            self._wake.clear()
            try:
                sent = await self._round()
            except InfrastructureError as error:
                _log.warning("relay.waits", gate=error.gate, reason=str(error))
                sent = 0
            except Exception:  # noqa: BLE001  # a relay that died unseen would stop everything silently
                _log.exception("relay.failed")
                sent = 0
            if sent < _BATCH:
                await self._nap()

    async def _nap(self) -> None:
        # wait_for, not asyncio.timeout: the latter is wrong in a cancelled task's clean-up on 3.11.2.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _POLL_SECONDS)

    async def _round(self) -> int:
        await self._sweep()
        return max(await self._send_outbox(), await self._send_due())

    async def _sweep(self) -> None:
        if time.monotonic() - self._swept < _SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        async with self._database.transaction() as session:
            await deliveries.sweep(session)

    async def _send_outbox(self) -> int:
        async with self._database.transaction() as session:
            await _be_patient(session)
            query = select(Outbox).order_by(Outbox.seq).limit(_BATCH).with_for_update(skip_locked=True)
            rows = (await session.execute(query)).scalars().all()
            results = await asyncio.gather(*map(self._publish_event, rows), return_exceptions=True)
            sent = [row.seq for row, result in zip(rows, results, strict=True) if not _failed(result)]
            if sent:
                await session.execute(delete(Outbox).where(Outbox.seq.in_(sent)))
        RELAYED.labels("outbox").inc(len(sent))
        return len(sent)

    async def _send_due(self) -> int:
        async with self._database.transaction() as session:
            await _be_patient(session)
            rows = await deliveries.due(session, _BATCH)
            results = await asyncio.gather(*map(self._publish_delivery, rows), return_exceptions=True)
            sent = [row.id for row, result in zip(rows, results, strict=True) if not _failed(result)]
            if sent:
                await deliveries.mark_waiting(session, sent)
        RELAYED.labels("deliveries").inc(len(sent))
        return len(sent)

    async def _publish_event(self, row: Outbox) -> None:
        await self._publisher.publish(message_of(row.body, row.properties), queue=row.queue)

    async def _publish_delivery(self, row: Delivery) -> None:
        headers = {DELIVERY_ATTEMPT: row.attempt + 1}
        message = message_of(row.body or b"", row.properties or {}, **headers)
        await self._publisher.publish(message, queue=row.queue)


def _failed(result: object) -> bool:
    return isinstance(result, BaseException)


async def _be_patient(session: AsyncSession) -> None:
    # The rows stay locked while the broker thinks; under an alarm that takes until the alarm is over.
    await session.execute(text("set local idle_in_transaction_session_timeout = '30min'"))
