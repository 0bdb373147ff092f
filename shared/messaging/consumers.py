"""Subscriptions of a service: a table of queue → event type → handler, and whether they are alive."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from pydantic import ValidationError

from shared.contracts import names
from shared.contracts.envelope import Envelope
from shared.contracts.events import OwnEvent
from shared.errors import InvalidEventError
from shared.messaging.arrival import Arrival
from shared.messaging.edge import Edge
from shared.messaging.subscription import Idleness, RawHandler, Subscription
from shared.observability.logging import get_logger

_log = get_logger("consumer")

#: Deliveries a process works on at once, per queue; FastStream's default is without limit.
_PREFETCH: Final = 20
_AGAIN_SECONDS: Final = 1.0
#: How often each consumer is looked at: one question to the broker for each queue.
_LOOK_SECONDS: Final = 5.0
#: A consumer with room gets what waits within milliseconds; a frozen node needs up to 17 s.
_STUCK_SECONDS: Final = 30.0
#: From here on only a new process helps; its supervisor makes one.
_HOPELESS_SECONDS: Final = 120.0

EventHandler = Callable[[Any], Awaitable[None]]


class ConsumerStuckError(Exception):
    """The process lives and does not work: it must end, to be started again."""


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
            raise InvalidEventError(f"{envelope.type}: {_faults(error)}") from error
        await self.handler(event)


class Consumers:
    """What a process consumes, each queue on its own connection, none of which publishes."""

    def __init__(self, url: str, *, service: str, edge: Edge | None = None) -> None:
        """``edge`` may be given later by ``attach``, before ``start``."""
        self._url = url
        self._service = service
        self._edge = edge
        self._tables: dict[str, tuple[On, ...]] = {}
        self._subscriptions: list[Subscription] = []
        self._starting: list[asyncio.Task[None]] = []
        self._stuck: dict[str, float] = {}

    def attach(self, edge: Edge) -> None:
        """Use ``edge`` for every work queue."""
        self._edge = edge

    def subscribe(self, table: Mapping[str, tuple[On, ...]], *, prefetch: int = _PREFETCH) -> None:
        """Consume these work queues and, one at a time, the service's quarantine."""
        for queue, lines in table.items():
            self._tables[queue] = lines
            self.subscribe_raw(queue, self._through_edge(queue), prefetch=prefetch)
        quarantine = names.quarantine(self._service)
        self.subscribe_raw(quarantine, self._through_edge(quarantine), prefetch=1)

    def subscribe_raw(self, queue: str, handler: RawHandler, *, prefetch: int = _PREFETCH) -> None:
        """Consume without the edge: ``handler`` answers the broker itself."""
        one = Subscription(self._url, queue, handler, service=self._service, prefetch=prefetch)
        self._subscriptions.append(one)

    async def start(self) -> None:
        """Begin to consume; a queue that the broker refuses is tried again, and the others go on."""
        started = await asyncio.gather(*(one.start() for one in self._subscriptions))
        refused = [one for one, fine in zip(self._subscriptions, started, strict=True) if not fine]
        self._starting = [asyncio.create_task(_until_started(one)) for one in refused]

    async def stop(self) -> None:
        """Take nothing new, finish what is being handled, for at most 20 s."""
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(one.stop() for one in self._subscriptions), return_exceptions=True)

    async def watch(
        self,
        *,
        every: float = _LOOK_SECONDS,
        stuck: float = _STUCK_SECONDS,
        hopeless: float = _HOPELESS_SECONDS,
        reachable: Callable[[], Awaitable[bool]],
    ) -> None:
        """Look ``every`` few seconds whether each consumer is there and moves; runs until cancelled.

        ``reachable``: whether the broker answers at all.

        Raises:
            ConsumerStuckError: one has stood still for so long that only a new process helps.
        """
        watched = [Idleness(one) for one in self._subscriptions]
        while True:
            await asyncio.sleep(every)
            there = await reachable()
            still = {one.subscription.queue: await one.look(broker_there=there) for one in watched}
            overdue = self._edge.overdue() if self._edge else {}
            longest = {queue: max(seconds, overdue.get(queue, 0.0)) for queue, seconds in still.items()}
            self._stuck = {queue: seconds for queue, seconds in longest.items() if seconds > stuck}
            for queue, seconds in self._stuck.items():
                _log.error("consumer.stuck", queue=queue, seconds=round(seconds))
                if seconds > hopeless:
                    raise ConsumerStuckError(f"{queue}: nothing has moved for {seconds:.0f} s")

    def problem(self) -> str | None:
        """Why this process does not consume what it should, None when it does."""
        found = [problem for one in self._subscriptions if (problem := one.problem())]
        found += [f"{queue} has stood still for {seconds:.0f} s" for queue, seconds in self._stuck.items()]
        return "; ".join(found) or None

    @property
    def queues(self) -> tuple[str, ...]:
        """What this process consumes."""
        return tuple(one.queue for one in self._subscriptions)

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


def _faults(error: ValidationError) -> str:
    """Places and words, without what was found there: it may be a caller's name."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'data'}: {one['msg']}" for one in found[:10])


async def _until_started(one: Subscription) -> None:
    while True:
        await asyncio.sleep(_AGAIN_SECONDS)
        if await one.start():
            return
