"""Subscriptions of a service: a table of queue → event type → handler, and whether they are alive."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from faststream.rabbit.schemas.queue import QuorumQueueArgs
from pydantic import ValidationError

from shared.contracts import names
from shared.contracts.envelope import Envelope
from shared.contracts.events import OwnEvent
from shared.errors import InvalidEventError
from shared.messaging.arrival import Arrival, decode
from shared.messaging.edge import Edge
from shared.messaging.publisher import with_heartbeat
from shared.messaging.topology import QueueSpec, all_queues

#: Deliveries a process works on at once, per queue; FastStream's default is without limit.
_PREFETCH: Final = 20
#: Below the 30 s after which supervisors kill.
_DRAIN_SECONDS: Final = 20.0

EventHandler = Callable[[Any], Awaitable[None]]
RawHandler = Callable[[Arrival], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class On:
    """One line of a service's table: ``event`` is a model of ours or a pattern of a provider's types."""

    event: type[OwnEvent] | str
    handler: EventHandler

    def matches(self, event_type: str) -> bool:
        """Whether this line is for that type."""
        pattern = self.event if isinstance(self.event, str) else self.event.type
        return fnmatchcase(event_type, pattern)

    async def run(self, envelope: Envelope) -> None:
        """Give the handler its event: the model for events of ours, else the envelope.

        Raises:
            InvalidEventError: the data breaks the event's contract.
        """
        if isinstance(self.event, str):
            await self.handler(envelope)
            return
        try:
            event = self.event.model_validate(envelope.data)
        except ValidationError as error:
            raise InvalidEventError(f"{envelope.type}: {error}") from error
        await self.handler(event)


class Consumers:
    """A connection that only consumes."""

    def __init__(self, url: str, *, service: str, edge: Edge | None = None) -> None:
        """``edge`` may be given later by ``attach``, before ``start``."""
        self.broker = RabbitBroker(
            with_heartbeat(url),
            app_id=f"askpro.{service}",
            logger=logging.getLogger("faststream"),
            log_level=logging.DEBUG,
            reconnect_interval=1.0,
            graceful_timeout=_DRAIN_SECONDS,
            decoder=decode,
            apply_types=False,
        )
        self._service = service
        self._edge = edge
        self._tables: dict[str, tuple[On, ...]] = {}
        self._queues: list[str] = []

    def attach(self, edge: Edge) -> None:
        """Use ``edge`` for every work queue."""
        self._edge = edge

    def subscribe(self, table: Mapping[str, tuple[On, ...]], *, prefetch: int = _PREFETCH) -> None:
        """Consume these work queues and, one at a time, the service's quarantine."""
        for queue, lines in table.items():
            self._tables[queue] = lines
            self._consume(queue, self._through_edge(queue), prefetch)
        self._consume(names.quarantine(self._service), self._through_edge(names.quarantine(self._service)), 1)

    def subscribe_raw(self, queue: str, handler: RawHandler, *, prefetch: int = _PREFETCH) -> None:
        """Consume without the edge: ``handler`` answers the broker itself."""
        self._consume(queue, handler, prefetch)

    async def start(self) -> None:
        """Connect and begin to consume; raises what the driver raises when the broker is away."""
        for subscriber in self.broker.subscribers:
            # FastStream 0.7.8 sets this after the first deliveries may have come, and drops those unanswered.
            subscriber.running = True
        await self.broker.start()

    async def stop(self) -> None:
        """Take nothing new, finish what is being handled, for at most 20 s."""
        await self.broker.stop()

    def problem(self) -> str | None:
        """Why this process does not consume what it should, None when it does."""
        for subscriber in self.broker.subscribers:
            queue = getattr(subscriber, "_queue_obj", None)  # no public way to ask in FastStream 0.7.8
            if not subscriber.running or queue is None or queue.channel.is_closed:
                return f"{getattr(subscriber, 'queue', None)} has no consumer"
        return None

    @property
    def queues(self) -> tuple[str, ...]:
        """What this process consumes."""
        return tuple(self._queues)

    def _consume(self, queue: str, handler: RawHandler, prefetch: int) -> None:
        self._queues.append(queue)
        subscriber = self.broker.subscriber(
            _as_declared(queue), channel=Channel(prefetch_count=prefetch), ack_policy=AckPolicy.MANUAL
        )
        subscriber(handler)

    def _through_edge(self, queue: str) -> RawHandler:
        async def consume(arrival: Arrival) -> None:
            if self._edge is None:
                raise RuntimeError("Consumers.attach was not called")
            await self._edge.consume(queue, arrival, self._dispatcher(arrival.delivery(queue).queue))

        return consume

    def _dispatcher(self, work_queue: str) -> Callable[[Envelope], Awaitable[None]]:
        async def run(envelope: Envelope) -> None:
            for line in self._tables.get(work_queue, ()):
                if line.matches(envelope.type):
                    return await line.run(envelope)
            raise InvalidEventError(f"{work_queue} has no handler for {envelope.type}")

        return run


def _as_declared(name: str) -> RabbitQueue:
    spec = next(spec for spec in all_queues() if spec.name == name)
    return _queue(spec)


def _queue(spec: QueueSpec) -> RabbitQueue:
    return RabbitQueue(
        spec.name,
        queue_type=QueueType.QUORUM,
        durable=True,
        arguments=cast("QuorumQueueArgs", dict(spec.arguments)),
    )
