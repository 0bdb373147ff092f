"""uvicorn inside somebody else's event loop, on a port of ours, able to reset a connection."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class _Protocol(HttpToolsProtocol):
    """Hands the transport to the app: only it can end a connection by RST."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions = {"transport": self.transport}
        self.scope = cast("HTTPScope", {**self.scope, "extensions": extensions})


class _Server(uvicorn.Server):
    """Leaves the signals to whoever owns the loop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Port 0 takes a free one."""
    # Named as TCP, or asyncio would leave Nagle on for its connections: 40 ms for each answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    listener.setblocking(False)  # noqa: FBT003 - the only way to call it
    return listener


class HttpServer:
    """One app on one port."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._socket = listen(host, port)
        self.host = host
        self.port = int(self._socket.getsockname()[1])
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        self._socket.close()
