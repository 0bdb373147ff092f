"""A TCP proxy with faults between a service and a server of ours."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


def _nothing() -> None:
    """No fault."""


class FaultProxy:
    """127.0.0.1:port → target. Passes bytes on until told otherwise; every fault ends with ``heal``.

    Of several targets each new connection goes to the next one that takes it, as a load balancer does it.
    ``delay``: seconds that each piece of data is late, in both directions.
    """

    def __init__(self, *target_ports: int) -> None:
        self._targets = deque(target_ports)
        self._flows = asyncio.Event()
        self._flows.set()
        self._answers = asyncio.Event()
        self._answers.set()
        self._refuses = False
        self.delay = 0.0
        self._pieces, self._fault = 0, _nothing
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def through(self, url: str) -> str:
        """``url`` of the server behind it, by this way."""
        return url.replace(f":{urlsplit(url).port}/", f":{self.port}/")

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def cut(self) -> None:
        """The server is gone: connections are reset, new ones refused at once."""
        self._refuses = True
        self.reset()

    def black_hole(self) -> None:
        """The network swallows everything; nobody is told."""
        self._flows.clear()

    def half_open(self) -> None:
        """What the client sends arrives, what the server answers does not."""
        self._answers.clear()

    def after(self, pieces: int, fault: Callable[[], None]) -> None:
        """``fault`` begins when clients have sent so many ``pieces`` more; the last does not arrive."""
        self._pieces, self._fault = pieces, fault

    def heal(self) -> None:
        self._refuses = False
        self._pieces, self._fault = 0, _nothing
        self.delay = 0.0
        self._flows.set()
        self._answers.set()

    def reset(self) -> None:
        """Every connection ends with RST."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        behind = await self._connection()
        if behind is None:
            writer.transport.abort()
            return
        behind_reader, behind_writer = behind
        self._writers |= {writer, behind_writer}
        pumps = [
            asyncio.create_task(self._pump(reader, behind_writer, self._flows, count=self._count)),
            asyncio.create_task(self._pump(behind_reader, writer, self._answers)),
        ]
        self._pumps.update(pumps)
        await asyncio.gather(*pumps, return_exceptions=True)
        self._pumps.difference_update(pumps)
        self._writers -= {writer, behind_writer}

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in range(len(self._targets)):
            self._targets.rotate(-1)
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", self._targets[-1])
        return None

    def _count(self) -> None:
        if self._pieces:
            self._pieces -= 1
            if not self._pieces:
                self._fault()

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        passes: asyncio.Event,
        count: Callable[[], None] = _nothing,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                count()
                await asyncio.sleep(self.delay)
                await self._flows.wait()
                await passes.wait()
                target.write(data)
                await target.drain()
        with contextlib.suppress(OSError):
            target.close()
