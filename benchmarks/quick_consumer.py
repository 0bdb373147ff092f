"""A consumer that writes what it gets as done, hundreds in one statement: it is not what is measured."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aio_pika
import psycopg
from aio_pika.abc import AbstractIncomingMessage

from benchmarks.servers import Servers

_PREFETCH: Final = 2_000
_MOST: Final = 500
_DONE: Final = """
    update deliveries set state = 'done', attempt = 1, body = null, due_at = null, updated_at = now()
    where queue = %s and event_id = any(%s) and state in ('waiting', 'redelivery')
"""


@dataclass(slots=True)
class Consumed:
    """``messages`` more than ``ids``: some came twice."""

    messages: int = 0
    ids: set[str] = field(default_factory=set)


@asynccontextmanager
async def consuming(servers: Servers, queue: str) -> AsyncIterator[Consumed]:
    """As long as it lasts everything in ``queue`` is done."""
    consumed, arrived = Consumed(), asyncio.Queue[AbstractIncomingMessage]()
    connection = await aio_pika.connect(servers.rabbitmq_url)
    async with (
        connection,
        await psycopg.AsyncConnection.connect(servers.database_url, autocommit=True) as rows,
    ):
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=_PREFETCH)
        await (await channel.get_queue(queue, ensure=False)).consume(arrived.put)
        settling = asyncio.create_task(_settle(rows, queue, arrived, consumed))
        try:
            yield consumed
        finally:
            settling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await settling


async def _settle(
    rows: "psycopg.AsyncConnection[tuple[object, ...]]",
    queue: str,
    arrived: "asyncio.Queue[AbstractIncomingMessage]",
    consumed: Consumed,
) -> None:
    while True:
        batch = [await arrived.get()]
        while len(batch) < _MOST and not arrived.empty():
            batch.append(arrived.get_nowait())
        ids = [message.message_id or "" for message in batch]
        await rows.execute(_DONE, (queue, ids))
        consumed.messages += len(ids)
        consumed.ids.update(ids)
        # Everything up to the last one: they came in this order.
        await batch[-1].ack(multiple=True)
