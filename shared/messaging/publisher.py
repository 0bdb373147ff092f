"""The one place that publishes: persistent, own message id, confirm and routing checked."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

import aiormq.abc
from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed, PublishError
from faststream.rabbit import Channel, RabbitBroker, RabbitExchange
from faststream.rabbit.schemas import ExchangeType

from shared.contracts.names import DELIVERY_ATTEMPT, EVENTS_EXCHANGE
from shared.errors import InfrastructureError
from shared.messaging.unsendable import UnsendableError, check_sendable, publish_alone
from shared.observability.logging import get_logger
from shared.observability.metrics import PUBLICATIONS

_log = get_logger(__name__)
EVENTS: Final = RabbitExchange(EVENTS_EXCHANGE, type=ExchangeType.TOPIC, durable=True)
_RECONNECT_SECONDS: Final = 1.0
#: Heartbeats begin only after the handshake: without a limit one that is swallowed is waited for for ever.
CONNECT_SECONDS: Final = 10.0
#: What is missing at the broker is declared again at most this often.
_REDECLARE_SECONDS: Final = 5.0
#: One at a time: a queue that confirms nothing must not stop those that wait behind it.
_ALONE_SECONDS: Final = 10.0
#: A message that is refused for another reason than its size must not send every other one the slow way.
_SURELY_TAKEN: Final = 4096
#: Of a connection that is blocked nothing comes; of one that is not, this is no wait.
_ALARM_SECONDS: Final = 0.2

#: Queue, message id, type, delivery attempt: equal publications are one.
Key: TypeAlias = tuple[str | None, object, str | None, object]


class UnconfirmedError(InfrastructureError):
    """The broker did not take the message, or we do not know: publish again with the same message id."""

    def __init__(self, message: str) -> None:
        super().__init__(message, gate="broker")


class UnroutableError(UnconfirmedError):
    """The broker has no queue for it; what our topology names is being declared again."""


def with_heartbeat(url: str) -> str:
    """``url`` with a heartbeat of 10 s: a black-holed connection is noticed after 30 s instead of 3 min."""
    return url if "heartbeat=" in url else f"{url}{'&' if '?' in url else '?'}heartbeat=10"


class Publisher:
    """A connection that only publishes: one that also consumed would stop acknowledging under an alarm."""

    def __init__(self, url: str, *, service: str) -> None:
        self._url = with_heartbeat(url)
        self.broker = RabbitBroker(
            self._url,
            app_id=f"askpro.{service}",
            logger=None,
            reconnect_interval=_RECONNECT_SECONDS,
            timeout=CONNECT_SECONDS,
            on_reconnected=[self._reconnected],
            default_channel=Channel(publisher_confirms=True, on_return_raises=True),
        )
        self._connection: AbstractConnection | None = None
        self._to_queues: AbstractChannel | None = None
        self._in_flight: dict[Key, asyncio.Task[None]] = {}
        self._written: set[asyncio.Task[None]] = set()
        self._then: Callable[[], Awaitable[None]] | None = None
        self._redeclaring: asyncio.Task[None] | None = None
        self._alone = asyncio.Lock()
        self._refused_size = sys.maxsize

    async def connect(self) -> None:
        """Connect once.

        Raises:
            InfrastructureError: the broker is away.
        """
        try:
            await self.broker.start()
            self._connection = connection = await self.broker.connect()
            # A queue that confirms nothing stops the channel of whoever has 32 messages in flight to it: it
            # stops redeliveries then, not what is fresh.
            self._to_queues = self._to_queues or await connection.channel(on_return_raises=True)
        except Exception as error:
            raise InfrastructureError(f"broker: {error}", gate="broker") from error

    def on_reconnected(self, then: Callable[[], Awaitable[None]]) -> None:
        """Run ``then`` after each reconnection, and where something is missing: the broker may be empty."""
        self._then = then

    async def publish(
        self, message: Message, *, queue: str | None = None, within: float | None = None
    ) -> None:
        """Return once the broker has confirmed ``message``.

        ``queue``: that queue alone, by the default exchange; else the events exchange by type.
        ``within``: seconds to wait for the confirm. A publication that took longer is still in flight and
        goes on being awaited; whoever publishes it again does so with the same message id.

        Raises:
            UnconfirmedError: refused, unroutable, connection lost, or no confirm in time.
            UnsendableError: the broker will never take it.
        """
        task = self.send(message, queue=queue)
        done, _ = await asyncio.wait({task}, timeout=within)
        if done:
            raise_unconfirmed(task)
            return
        PUBLICATIONS.labels("late").inc()
        if task not in self._written:
            # Under an alarm nothing was sent yet, and need not be.
            task.cancel()
        raise UnconfirmedError(f"no confirm within {within} s")

    def send(self, message: Message, *, queue: str | None = None) -> asyncio.Task[None]:
        """Begin to publish. Done: confirmed, or failed as ``publish`` does; cancelled: connection lost.

        A publication that is still in flight is not sent twice: its own task is returned.
        """
        task = self._in_flight.get(key := _key(message, queue))
        if task is None:
            task = asyncio.create_task(self._publish(message, queue))
            self._in_flight[key] = task
            task.add_done_callback(lambda done: self._settled(key, done))
        return task

    def in_flight(self, message: Message) -> asyncio.Task[None] | None:
        """The publication of an event whose confirm is still awaited, if there is one."""
        return self._in_flight.get(_key(message, None))

    async def _publish(self, message: Message, queue: str | None) -> None:
        check_sendable(message, (message.type or "") if queue is None else queue)
        try:
            await self._until_unblocked()
            if (task := asyncio.current_task()) is not None:
                self._written.add(task)
            await self._write_carefully(message, queue)
        except (PublishError, ChannelNotFoundEntity) as error:
            self._redeclare()
            raise UnroutableError(f"no queue for {queue or message.type}: {error}") from error
        except UnsendableError:
            raise
        except Exception as error:
            raise UnconfirmedError(f"{type(error).__name__}: {error}") from error

    async def _write_carefully(self, message: Message, queue: str | None) -> None:
        """One message that the broker refuses closes the channel under all that are in flight on it."""
        if len(message.body) < self._refused_size:
            with contextlib.suppress(ChannelPreconditionFailed):
                await self._write(message, queue)
                return
        await self._write_alone(message, queue)

    async def _write(self, message: Message, queue: str | None) -> None:
        if queue is None:
            # By it the event log knows which bindings there were when the event went out.
            message.timestamp = message.timestamp or datetime.now(UTC)
            await self.broker.publish(message, exchange=EVENTS, routing_key=message.type or "")
        elif self._to_queues is None:
            raise ConnectionError("never connected")
        else:
            await self._to_queues.default_exchange.publish(message, queue)

    async def _write_alone(self, message: Message, queue: str | None) -> None:
        """One after another, so that what the broker refuses harms nobody; its size is remembered."""
        async with self._alone:
            try:
                await asyncio.wait_for(publish_alone(self._url, message, queue), _ALONE_SECONDS)
            except UnsendableError:
                self._refused_size = min(self._refused_size, max(len(message.body), _SURELY_TAKEN))
                raise
        self._refused_size = max(self._refused_size, len(message.body) + 1)

    def underlay(self) -> aiormq.abc.AbstractConnection:
        """The connection itself, for whoever needs a channel that nobody restores. Raises ConnectionError."""
        transport = self._connection.transport if self._connection else None
        if transport is None:
            raise ConnectionError("the connection is down")
        return transport.connection

    async def _until_unblocked(self) -> None:
        """Under an alarm the broker reads nothing; what is written then would only fill buffers."""
        transport = self._connection.transport if self._connection else None
        if transport is None:
            return
        unblocked, closing = asyncio.ensure_future(transport.ready()), transport.connection.closing
        try:
            await asyncio.wait({unblocked, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            unblocked.cancel()
            closing.cancel()

    def _settled(self, key: Key, task: asyncio.Task[None]) -> None:
        self._written.discard(task)
        if self._in_flight.get(key) is task:
            del self._in_flight[key]
        if task.cancelled():
            PUBLICATIONS.labels("lost").inc()
        elif (error := task.exception()) is not None:
            PUBLICATIONS.labels("unconfirmed").inc()
            _log.warning("publication.unconfirmed", reason=str(error))
        else:
            PUBLICATIONS.labels("confirmed").inc()

    async def _reconnected(self, *_: object) -> None:
        _log.info("broker.reconnected")
        await self._declare()

    def _redeclare(self) -> None:
        if self._redeclaring is None or self._redeclaring.done():
            self._redeclaring = asyncio.create_task(self._declare_and_rest())

    async def _declare_and_rest(self) -> None:
        await self._declare()
        await asyncio.sleep(_REDECLARE_SECONDS)

    async def _declare(self) -> None:
        if self._then is not None:
            try:
                await self._then()
            except InfrastructureError as error:
                _log.warning("topology.undeclared", reason=str(error))

    async def connected(self) -> bool:
        """Whether the connection is up right now."""
        return await self.broker.ping(timeout=1.0)

    async def accepts(self) -> bool:
        """Whether the broker takes publications right now: connected, and no alarm."""
        if not await self.connected():
            return False
        try:
            await asyncio.wait_for(self._until_unblocked(), _ALARM_SECONDS)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Wait shortly for what is in flight, then close."""
        if self._redeclaring is not None:
            self._redeclaring.cancel()
        if self._in_flight:
            await asyncio.wait(self._in_flight.values(), timeout=2.0)
        await self.broker.stop()


def _key(message: Message, queue: str | None) -> Key:
    return queue, message.message_id or object(), message.type, message.headers.get(DELIVERY_ATTEMPT)


def raise_unconfirmed(task: asyncio.Task[None]) -> None:
    """Raise what became of an ended publication, unless it was confirmed."""
    if task.cancelled():
        raise UnconfirmedError("the connection was lost while waiting for the confirm")
    if (error := task.exception()) is not None:
        raise error
