"""The deep health asks whether a provider is there: one that answers 5xx is not."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from shared.clients.reachability import reach_http
from shared.errors import TransientError


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    asked = re.match(rb"HEAD /(\d+) ", await reader.readline())
    status = asked[1].decode() if asked else "400"
    writer.write(f"HTTP/1.1 {status} Words\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    writer.close()


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    """A server that answers with the status that its path names."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("status", [200, 301, 401, 404, 429])
async def test_a_provider_that_refuses_an_anonymous_request_is_there(provider: str, status: int) -> None:
    await reach_http(f"{provider}/{status}")


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_provider_that_answers_5xx_is_not_there(provider: str, status: int) -> None:
    with pytest.raises(TransientError, match=str(status)):
        await reach_http(f"{provider}/{status}")


async def test_a_port_that_nobody_listens_at_is_not_there() -> None:
    with pytest.raises(TransientError):
        await reach_http("http://127.0.0.1:1/")
