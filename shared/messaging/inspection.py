"""Is the broker as we need it? For a person who looks for what is wrong; changes nothing that is there."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
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
_NOT_FOUND: Final = 404
#: Keys of policies that make a queue lose, delay, move or refuse what our arguments say it keeps.
_HARMFUL: Final = frozenset(
    {
        "message-ttl", "expires", "max-length", "max-length-bytes", "max-in-memory-length", "overflow",
        "dead-letter-exchange", "dead-letter-routing-key", "dead-letter-strategy", "delivery-limit",
        "consumer-timeout",
    }
)  # fmt: skip

Binding = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Managed:
    """What only the management API tells, in words; an empty tuple is well.

    ``bindings``: (queue, pattern) of everything bound to the events exchange. ``orphans``: queues bound to it
    that are not ours and that nobody consumes. ``deprecated``: features of the broker that are in use and
    that a later one will not have.
    """

    bindings: frozenset[Binding]
    orphans: tuple[str, ...]
    leaderless: tuple[str, ...]
    policies: tuple[str, ...]
    alarms: tuple[str, ...]
    deprecated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrokerFindings:
    """Queues that are missing or have other arguments than ours; ``managed`` in words why it is not known."""

    version: str
    missing: tuple[str, ...]
    different: tuple[str, ...]
    managed: Managed | str


async def inspect_broker(url: str, management_url: str | None) -> BrokerFindings:
    """Ask for every queue of the topology, and for the rest where the management API is known.

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
        managed=await _managed(url, management_url) if management_url else "not configured",
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


async def _managed(url: str, management_url: str) -> Managed | str:
    vhost = unquote(urlsplit(url).path[1:]) or "/"
    columns = "name,type,leader,consumers,policy,operator_policy,effective_policy_definition"
    try:
        queues = await management_get(management_url, "queues", vhost, columns=columns)
        bindings = await management_get(management_url, "bindings", vhost)
        nodes = await management_get(management_url, "nodes")
        deprecated = await _deprecated(management_url)
        return _found(queues, bindings, nodes, deprecated)
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


async def _deprecated(management_url: str) -> tuple[str, ...]:
    try:
        rows = await management_get(management_url, "deprecated-features/used")
    except httpx.HTTPStatusError as error:
        if error.response.status_code == _NOT_FOUND:
            return ()  # before 3.13 nothing was deprecated by name
        raise
    return tuple(sorted(str(row["name"]) for row in rows))


def _found(queues: Any, bindings: Any, nodes: Any, deprecated: tuple[str, ...]) -> Managed:
    ours = {spec.name for spec in all_queues()}
    bound = frozenset(
        (row["destination"], row["routing_key"]) for row in bindings if row["source"] == EVENTS_EXCHANGE
    )
    own = [row for row in queues if row["name"] in ours]
    idle = {row["name"] for row in queues if not row.get("consumers")}
    return Managed(
        bindings=bound,
        orphans=tuple(sorted({name for name, _ in bound} & idle - ours)),
        # A quorum queue that is down has no leader, whatever its state says.
        leaderless=tuple(row["name"] for row in own if row.get("leader", "") in {None, ""}),
        policies=tuple(sorted(filter(None, map(_policy, own)))),
        alarms=tuple(alarm for node in nodes for alarm in _alarms(node)),
        deprecated=deprecated,
    )


def _policy(row: Mapping[str, Any]) -> str:
    changed = sorted(_HARMFUL & set(row.get("effective_policy_definition") or ()))
    by = " and ".join(filter(None, (row.get("policy"), row.get("operator_policy"))))
    return f"{row['name']}: {', '.join(changed)} by {by}" if changed else ""


def _alarms(node: Mapping[str, Any]) -> Iterable[str]:
    name = node["name"]
    if not node.get("running", True):
        yield f"{name} does not run"
    if node.get("mem_alarm"):
        yield f"{name} is out of memory"
    if node.get("disk_free_alarm"):
        yield f"{name} is out of disk"
    if node.get("partitions"):
        yield f"{name} is cut off from {', '.join(map(str, node['partitions']))}"


def _version(connection: AbstractConnection) -> str:
    transport: Any = connection.transport
    properties = getattr(getattr(transport, "connection", None), "server_properties", None) or {}
    version = properties.get("version", "unknown")
    return version.decode() if isinstance(version, bytes) else str(version)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AbstractConnection]:
    """A connection; that it cannot be made, or ends while it is used, is a TransientError."""
    try:
        connection = await aio_pika.connect(url, timeout=_PATIENCE)
        try:
            yield connection
        finally:
            await connection.close()
    # aiormq ends a handshake by StopAsyncIteration, and whoever waits for an answer by a cancellation that
    # nobody asked for.
    except (AMQPError, OSError, RuntimeError, StopAsyncIteration, asyncio.CancelledError) as error:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        raise TransientError(str(error) or type(error).__name__) from error
