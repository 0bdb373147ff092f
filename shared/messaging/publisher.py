"""The one place that publishes: persistent, own message id, confirm and routing checked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aio_pika import Message
from faststream.rabbit import Channel, RabbitBroker, RabbitExchange
from faststream.rabbit.schemas import ExchangeType

from shared.contracts.names import EVENTS_EXCHANGE
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger
from shared.observability.metrics import PUBLICATIONS

_log = get_logger(__name__)
EVENTS: Final = RabbitExchange(EVENTS_EXCHANGE, type=ExchangeType.TOPIC, durable=True)
_RECONNECT_SECONDS: Final = 1.0


class UnconfirmedError(InfrastructureError):
    """The broker did not take the message, or we do not know: publish again with the same message id."""

    def __init__(self, message: str) -> None:
        super().__init__(message, gate="broker")


def with_heartbeat(url: str) -> str:
    """``url`` with a heartbeat of 10 s: a black-holed connection is noticed after 30 s instead of 3 min."""
    return url if "heartbeat=" in url else f"{url}{'&' if '?' in url else '?'}heartbeat=10"


class Publisher:
    """A connection that only publishes: one that also consumed would stop acknowledging under an alarm."""

    def __init__(self, url: str, *, service: str) -> None:
        self.broker = RabbitBroker(
            with_heartbeat(url),
            app_id=f"askpro.{service}",
            logger=None,
            reconnect_interval=_RECONNECT_SECONDS,
            on_reconnected=[self._reconnected],
            default_channel=Channel(publisher_confirms=True, on_return_raises=True),
        )
        self._in_flight: set[asyncio.Task[None]] = set()
        self._then: Callable[[], Awaitable[None]] | None = None

    async def connect(self) -> None:
        """Connect once.

        Raises:
            InfrastructureError: the broker is away.
        """
        try:
            await self.broker.start()
        except Exception as error:
            raise InfrastructureError(f"broker: {error}", gate="broker") from error

    def on_reconnected(self, then: Callable[[], Awaitable[None]]) -> None:
        """Run ``then`` after each reconnection: the broker may have come back empty."""
        self._then = then

    async def _reconnected(self, *_: object) -> None:
        _log.info("broker.reconnected")
        if self._then is not None:
            try:
                await self._then()
            except InfrastructureError as error:
                _log.warning("topology.undeclared", reason=str(error))

    async def publish(
        self, message: Message, *, queue: str | None = None, within: float | None = None
    ) -> None:
        """Return once the broker has confirmed ``message``.

        ``queue``: that queue alone, by the default exchange; else the events exchange by type.
        ``within``: seconds to wait for the confirm. A publication that took longer is still in flight and
        goes on being awaited; whoever publishes it again does so with the same message id.

        Raises:
            UnconfirmedError: refused, unroutable, connection lost, or no confirm in time.
        """
        task = asyncio.create_task(self._publish(message, queue))
        self._in_flight.add(task)
        task.add_done_callback(self._settled)
        done, _ = await asyncio.wait({task}, timeout=within)
        if not done:
            PUBLICATIONS.labels("late").inc()
            raise UnconfirmedError(f"no confirm within {within} s")
        if task.cancelled():
            raise UnconfirmedError("the connection was lost while waiting for the confirm")
        await task

    async def _publish(self, message: Message, queue: str | None) -> None:
        try:
            if queue is None:
                await self.broker.publish(message, exchange=EVENTS, routing_key=message.type or "")
            else:
                await self.broker.publish(message, queue)
        except Exception as error:
            raise UnconfirmedError(f"{type(error).__name__}: {error}") from error

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        if task.cancelled():
            PUBLICATIONS.labels("lost").inc()
        elif (error := task.exception()) is not None:
            PUBLICATIONS.labels("unconfirmed").inc()
            _log.warning("publication.unconfirmed", reason=str(error))
        else:
            PUBLICATIONS.labels("confirmed").inc()

    async def connected(self) -> bool:
        """Whether the connection is up right now."""
        return await self.broker.ping(timeout=1.0)

    async def close(self) -> None:
        """Wait shortly for what is in flight, then close."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=2.0)
        await self.broker.stop()
