"""Declare the whole topology at the broker, and write down since when which queue gets which type."""

from sqlalchemy.dialects.postgresql import insert

from shared.contracts.names import EVENTS_EXCHANGE
from shared.db.engine import Database
from shared.db.tables import Route
from shared.errors import InfrastructureError
from shared.messaging.publisher import EVENTS, Publisher
from shared.messaging.topology import all_queues, routes


async def declare_topology(publisher: Publisher) -> None:
    """Exchange, queues and bindings; again and again without effect.

    Raises:
        InfrastructureError: the broker is away, or has a queue of that name with other arguments.
    """
    try:
        await publisher.broker.declare_exchange(EVENTS)
        connection = await publisher.broker.connect()
        channel = await connection.channel()
        try:
            for spec in all_queues():
                queue = await channel.declare_queue(
                    spec.name, durable=True, arguments=spec.declared_arguments
                )
                for pattern in spec.bindings:
                    await queue.bind(EVENTS_EXCHANGE, pattern)
        finally:
            await channel.close()
    except Exception as error:
        raise InfrastructureError(f"topology: {error}", gate="broker") from error


async def record_routes(database: Database) -> None:
    """Write the bindings with their time; one that stands keeps its time."""
    rows = [{"queue": queue, "pattern": pattern} for queue, pattern in routes()]
    async with database.transaction() as session:
        await session.execute(insert(Route).values(rows).on_conflict_do_nothing())
