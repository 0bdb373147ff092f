"""Is the broker as we need it? For a person who looks for what is wrong; changes nothing that is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aio_pika
import httpx
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity, ChannelPreconditionFailed

from shared.contracts.names import EVENTS_EXCHANGE
from shared.errors import TransientError
from shared.messaging.depths import management_get
from shared.messaging.topology import QueueSpec, all_queues

_PATIENCE: Final = 3.0


@dataclass(frozen=True, slots=True)
class BrokerFindings:
    """Queues that are missing, or have other arguments than ours; ``unbound`` None: could not be asked."""

    version: str
    missing: tuple[str, ...]
    different: tuple[str, ...]
    unbound: tuple[str, ...] | None


async def inspect_broker(url: str, management_url: str | None) -> BrokerFindings:
    """Ask for every queue of the topology, and for its bindings where the management API is known.

    Raises:
        TransientError: the broker does not answer.
    """
    async with _connected(url) as connection:
        states = {spec.name: await _state(connection, spec) for spec in all_queues()}
        version = _version(connection)
    return BrokerFindings(
        version=version,
        missing=tuple(name for name, state in states.items() if state == "missing"),
        different=tuple(name for name, state in states.items() if state == "different"),
        unbound=await _unbound(url, management_url) if management_url else None,
    )


async def _state(connection: AbstractConnection, spec: QueueSpec) -> str:
    # A refused declaration closes its channel, so each question has its own.
    channel = await connection.channel()
    try:
        await channel.declare_queue(spec.name, passive=True)
        # It is there, so this creates nothing: equal arguments are confirmed, others refused.
        await channel.declare_queue(spec.name, durable=True, arguments=spec.declared_arguments)
    except ChannelNotFoundEntity:
        return "missing"
    except ChannelPreconditionFailed:
        return "different"
    finally:
        if not channel.is_closed:
            await channel.close()
    return "sound"


async def _unbound(url: str, management_url: str) -> tuple[str, ...] | None:
    try:
        rows = await management_get(management_url, "bindings", _vhost(url))
    except (httpx.HTTPError, ValueError):
        return None
    there = {(row["destination"], row["routing_key"]) for row in rows if row["source"] == EVENTS_EXCHANGE}
    wanted = {(spec.name, pattern) for spec in all_queues() for pattern in spec.bindings}
    return tuple(sorted(f"{queue} ← {pattern}" for queue, pattern in wanted - there))


def _version(connection: AbstractConnection) -> str:
    transport: Any = connection.transport
    properties = getattr(getattr(transport, "connection", None), "server_properties", None) or {}
    version = properties.get("version", "unknown")
    return version.decode() if isinstance(version, bytes) else str(version)


def _vhost(url: str) -> str:
    return unquote(urlsplit(url).path[1:]) or "/"


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AbstractConnection]:
    try:
        connection = await aio_pika.connect(url, timeout=_PATIENCE)
    except (AMQPError, OSError, TimeoutError) as error:
        raise TransientError(str(error) or type(error).__name__) from error
    try:
        yield connection
    finally:
        await connection.close()
