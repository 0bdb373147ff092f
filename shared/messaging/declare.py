"""Declare the whole topology at the broker, and write down since when which queue gets which type."""

from aio_pika.exceptions import ChannelPreconditionFailed
from aiormq.abc import AbstractConnection
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.names import EVENTS_EXCHANGE
from shared.db.engine import Database
from shared.db.tables import Route
from shared.errors import InfrastructureError
from shared.messaging.publisher import EVENTS, Publisher
from shared.messaging.topology import QueueSpec, all_queues, routes
from shared.observability.logging import get_logger

_log = get_logger("topology")


async def declare_topology(publisher: Publisher) -> None:
    """Exchange, queues and bindings; again and again without effect.

    A queue that stands there with other arguments is left as it is: whoever consumes it says so, the doctor
    too, and the others go on.

    Raises:
        InfrastructureError: the broker is away.
    """
    try:
        await publisher.broker.declare_exchange(EVENTS)
        connection = publisher.underlay()
        for spec in all_queues():
            await _declare(connection, spec)
    except Exception as error:
        raise InfrastructureError(f"topology: {error}", gate="broker") from error


async def _declare(connection: AbstractConnection, spec: QueueSpec) -> None:
    # What is refused closes its channel, so each queue has its own.
    channel = await connection.channel(publisher_confirms=False)
    try:
        await channel.queue_declare(spec.name, durable=True, arguments=spec.declared_arguments)
        for pattern in spec.bindings:
            await channel.queue_bind(spec.name, EVENTS_EXCHANGE, pattern)
    except ChannelPreconditionFailed as error:
        _log.error("queue.different", queue=spec.name, reason=str(error))
    finally:
        if not channel.is_closed:
            await channel.close()


async def record_routes(database: Database) -> None:
    """Write the bindings with their time; one that stands keeps its time."""
    rows = [{"queue": queue, "pattern": pattern} for queue, pattern in routes()]
    async with database.transaction() as session:
        await session.execute(insert(Route).values(rows).on_conflict_do_nothing())
