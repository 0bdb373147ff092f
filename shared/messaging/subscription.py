"""One queue, consumed on a connection of its own: what breaks it, as other arguments do, breaks no other."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

import aiormq
import aiormq.abc
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from faststream.rabbit.schemas.queue import QuorumQueueArgs
from faststream.rabbit.subscriber.usecase import RabbitSubscriber

from shared.contracts.names import EVENTS_EXCHANGE
from shared.messaging.arrival import Arrival, decode
from shared.messaging.publisher import CONNECT_SECONDS, with_heartbeat
from shared.messaging.topology import QueueSpec, all_queues
from shared.observability.logging import get_logger

_log = get_logger("consumer")
#: Below the 30 s after which supervisors kill.
_DRAIN_SECONDS: Final = 20.0
_CLOSE_SECONDS: Final = 1.0
#: The broker's answer to one question.
_PATIENCE: Final = 3.0

RawHandler = Callable[[Arrival], Awaitable[None]]


class Subscription:
    """``prefetch``: deliveries worked on at once; ``in_hand``: those now; ``received``: all so far."""

    def __init__(self, url: str, queue: str, handler: RawHandler, *, service: str, prefetch: int) -> None:
        self.queue = queue
        self.prefetch = prefetch
        self.received = 0
        self.in_hand = 0
        self._url = with_heartbeat(url)
        self._spec = next(spec for spec in all_queues() if spec.name == queue)
        self._handler = handler
        self._service = service
        self._broker: RabbitBroker | None = None
        self._subscriber: RabbitSubscriber | None = None
        self._refused = "it was not started yet"

    async def start(self) -> bool:
        """Connect and begin to consume; False where the broker does not let us, ``problem`` says why."""
        broker = _broker(self._url, self._service)
        subscriber = broker.subscriber(
            _as_declared(self._spec),
            channel=Channel(prefetch_count=self.prefetch),
            ack_policy=AckPolicy.MANUAL,
        )
        subscriber(self._handle)
        # FastStream 0.7.8 sets this after the first deliveries may have come, and drops those unanswered.
        subscriber.running = True
        try:
            await broker.start()
            await self._bind(subscriber)
        except Exception as error:  # noqa: BLE001  # whatever it is, the other queues go on and this one tries again
            self._refused = f"{type(error).__name__}: {error}"
            _log.warning("consumer.refused", queue=self.queue, reason=self._refused)
            with contextlib.suppress(Exception):
                await broker.stop()
            return False
        self._broker, self._subscriber = broker, subscriber
        return True

    async def stop(self) -> None:
        """Take nothing new, finish what is being handled, for at most 20 s; the rest goes back."""
        broker, subscriber = self._broker, self._subscriber
        if broker is None or subscriber is None:
            return
        # Cancelled first: what comes while FastStream stops it drops, and that counts as handed over.
        queue, tag = subscriber._queue_obj, subscriber._consumer_tag  # noqa: SLF001  # no public way in 0.7.8
        if queue is not None and tag is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(queue.cancel(tag), _PATIENCE)
            subscriber._consumer_tag = None  # noqa: SLF001
        # Not wait_for: a connection that swallows everything does not let itself be cancelled either.
        await asyncio.wait({asyncio.create_task(broker.stop())}, timeout=_DRAIN_SECONDS + _CLOSE_SECONDS)

    def problem(self) -> str | None:
        """Why nothing is consumed from the queue, None when it is."""
        if self._subscriber is None:
            return f"{self.queue} has no consumer: {self._refused}"
        channel = self._channel()
        if channel is None or channel.is_closed:
            return f"{self.queue} has no consumer: its channel is closed"
        if self._subscriber._consumer_tag not in channel.consumers:  # noqa: SLF001
            return f"{self.queue} has no consumer: the broker cancelled it, or refuses the queue's arguments"
        return None

    @property
    def lost(self) -> bool:
        """Whether it consumed once and does not any more."""
        return self._subscriber is not None and self.problem() is not None

    async def ready(self) -> int | None:
        """Messages that wait in the queue for a consumer; None where the broker does not answer."""
        channel = self._channel()
        if channel is None:
            return None
        # A task of its own: aiormq's channels do not end well when they are cancelled while they ask.
        asking = asyncio.create_task(_ready(channel.connection, self.queue))
        await asyncio.wait({asking}, timeout=3 * _PATIENCE)
        # aiormq cancels whoever waits for a connection that it closes; that result would end us unseen.
        return asking.result() if asking.done() and not asking.cancelled() else None

    async def _bind(self, subscriber: RabbitSubscriber) -> None:
        """The bindings belong to the queue: when it has to be made anew, they come back with it."""
        queue = subscriber._queue_obj  # noqa: SLF001
        for pattern in self._spec.bindings:
            if queue is not None:
                await queue.bind(EVENTS_EXCHANGE, pattern)

    async def _handle(self, arrival: Arrival) -> None:
        self.received += 1
        self.in_hand += 1
        try:
            await self._handler(arrival)
        finally:
            self.in_hand -= 1

    def _channel(self) -> aiormq.Channel | None:
        queue: Any = self._subscriber._queue_obj if self._subscriber else None  # noqa: SLF001
        underlay = queue.channel._channel if queue is not None else None  # noqa: SLF001
        return None if underlay is None else underlay.channel


async def _ready(connection: aiormq.abc.AbstractConnection, queue: str) -> int | None:
    try:
        # A question about a queue that is gone closes its channel.
        channel = await connection.channel(publisher_confirms=False, timeout=_PATIENCE)
        try:
            answer = await channel.queue_declare(queue, passive=True, timeout=_PATIENCE)
            return answer.message_count
        finally:
            await channel.close()
    except Exception:  # noqa: BLE001  # another check says what is wrong with the connection
        return None


def _broker(url: str, service: str) -> RabbitBroker:
    return RabbitBroker(
        url,
        app_id=f"askpro.{service}",
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        reconnect_interval=1.0,
        timeout=CONNECT_SECONDS,
        graceful_timeout=_DRAIN_SECONDS,
        decoder=decode,
        apply_types=False,
    )


def _as_declared(spec: QueueSpec) -> RabbitQueue:
    return RabbitQueue(
        spec.name,
        queue_type=QueueType.QUORUM,
        durable=True,
        arguments=cast("QuorumQueueArgs", dict(spec.arguments)),
    )


class Idleness:
    """Notices a consumer that is gone, or lives and gets nothing although messages wait and it has room."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self._seen = -1
        self._since = time.monotonic()

    async def look(self, *, broker_there: bool) -> float:
        """Seconds for which that has been so; of a broker that is away nobody can expect anything."""
        one, now = self.subscription, time.monotonic()
        if one.lost:
            moves = not broker_there
        else:
            moves = not await one.ready() or one.in_hand >= one.prefetch or one.received != self._seen
        if moves:
            self._seen, self._since = one.received, now
        return now - self._since
