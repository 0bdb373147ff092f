"""Senders that keep their connections and send the next request when the last one is answered.

Written on streams: a whole HTTP client takes as much of the processor as the server that is measured, and
every side would look alike.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle

from infra.local.errors import LocalError
from infra.local.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Connection:
    """Reads what uvicorn answers: a head with a Content-Length, and that body."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, request: bytes) -> int:
        """The status of the answer, once all of it has come."""
        status, _ = await self.ask(request)
        return status

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
        body = await self.reader.readexactly(int(length))
        return int(head.split(None, 2)[1]), body


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send what, and the status without which the figure would mean nothing."""

    name: str
    port: int
    requests: Sequence[bytes]
    status: int


async def load(target: Target, at_once: int, seconds: float) -> tuple[float, list[float]]:
    """(requests per second, seconds of each request), with ``at_once`` senders for about ``seconds``.

    Raises:
        LocalError: an answer had another status.
    """
    requests, taken = cycle(target.requests), list[float]()
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(connected(target.port)) for _ in range(at_once)]
        began = time.perf_counter()
        senders = (_keep_sending(one, target, requests, taken, began + seconds) for one in connections)
        await asyncio.gather(*senders)
        return len(taken) / (time.perf_counter() - began), taken


async def _keep_sending(
    connection: Connection, target: Target, requests: Iterator[bytes], taken: list[float], until: float
) -> None:
    sent = time.perf_counter()
    while sent < until:
        status = await connection.send(next(requests))
        answered = time.perf_counter()
        if status != target.status:
            raise LocalError(
                f"{target.name}: answered {status} instead of {target.status}", "run it again alone"
            )
        taken.append(answered - sent)
        sent = answered


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """To a server on this machine, until the block ends."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
