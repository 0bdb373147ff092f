"""Does it answer, and how fast? For the deep health of the console; no credentials are sent."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.errors import TransientError
from shared.resilience.tls import tls_context

#: A person waits for the page.
_PATIENCE: Final = 3.0
_SMTP_PORT: Final = 25
_TLS_PORT: Final = 465


async def reach_http(url: str) -> None:
    """An answer below 500 counts: a provider that refuses an anonymous request is there.

    Raises:
        TransientError: no answer, or a 5xx: whoever stands before the provider has nobody behind it.
    """
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, verify=tls_context()) as client:
            answer = await client.head(url)
    except httpx.HTTPError as error:
        raise TransientError(f"{type(error).__name__} {error}".strip()) from error
    if answer.is_server_error:
        raise TransientError(f"answers {answer.status_code} {answer.reason_phrase}".strip())


async def reach_smtp(url: str) -> None:
    """The server greets with 220."""
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    port = parts.port or (_TLS_PORT if tls else _SMTP_PORT)
    try:
        async with _connected(parts.hostname or "localhost", port, tls=tls) as reader:
            greeting = await reader.readline()
    except OSError as error:
        raise TransientError(str(error)) from error
    if not greeting.startswith(b"220"):
        raise TransientError(f"unexpected greeting {greeting[:60]!r}")


async def reach_redis(url: str) -> None:
    """PING is answered."""
    client = Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        raise TransientError(str(error)) from error
    finally:
        await client.aclose()


async def timed(probe: Callable[[], Awaitable[None]]) -> float:
    """Seconds until ``probe`` was answered.

    Raises:
        TransientError: not within three seconds, or what the probe raises.
    """
    started = time.perf_counter()
    try:
        await asyncio.wait_for(probe(), _PATIENCE)
    except TimeoutError as error:
        raise TransientError(f"no answer within {_PATIENCE:.0f} s") from error
    return time.perf_counter() - started


@contextlib.asynccontextmanager
async def _connected(host: str, port: int, *, tls: bool) -> Any:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls or None)
    try:
        yield reader
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
