"""What the broker holds for a queue is told whole."""

from typing import Any

import aio_pika

from shared.messaging.depths import Depths
from shared.messaging.publisher import Publisher
from shared.messaging.topology import WORK_QUEUES
from tests.support import eventually

QUEUE = "syncer.billing"


async def test_what_waits_for_a_queue_of_dead_letters_that_is_missing_is_held(
    rabbitmq: Any, broker_url: str
) -> None:
    arguments = next(spec.declared_arguments for spec in WORK_QUEUES if spec.name == QUEUE)
    depths = Depths(Publisher(broker_url, service="test"), broker_url, rabbitmq.management_url)
    connection = await aio_pika.connect(broker_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(QUEUE, durable=True, arguments=arguments)
        await channel.default_exchange.publish(aio_pika.Message(b"x"), QUEUE)
        await (await queue.get(timeout=10)).reject(requeue=False)

        async def leaving() -> bool:
            depth = (await depths.read())[QUEUE]
            return (depth.ready, depth.unacknowledged, depth.leaving) == (0, 0, 1) and depth.held == 1

        await eventually(leaving)
