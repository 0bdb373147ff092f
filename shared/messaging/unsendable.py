"""A message that no broker takes: found before it harms others, or by sending it alone."""

from typing import Final

from aio_pika import Message
from aiormq.abc import AbstractConnection
from aiormq.exceptions import AMQPError, ChannelPreconditionFailed

from shared.contracts.names import EVENTS_EXCHANGE
from shared.errors import PermanentError

#: Properties travel in one frame of at most 128 KiB: a larger one closes the connection under everybody. The
#: rest is for what the broker adds when it dead-letters.
_LARGEST_PROPERTIES: Final = 120 * 1024
_LONGEST_ROUTING_KEY: Final = 255


class UnsendableError(PermanentError):
    """The broker will never take this message; publishing it again changes nothing."""


def check_sendable(message: Message, routing_key: str) -> None:
    """Raise UnsendableError for what cannot be encoded, or would break the connection."""
    try:
        size = len(message.properties.marshal())
        too_long = len(routing_key.encode()) > _LONGEST_ROUTING_KEY
    except Exception as error:
        raise UnsendableError(f"cannot be encoded: {error}") from error
    if size > _LARGEST_PROPERTIES:
        raise UnsendableError(f"its properties have {size} bytes, more than {_LARGEST_PROPERTIES}")
    if too_long:
        raise UnsendableError(f"its routing key has more than {_LONGEST_ROUTING_KEY} bytes")


async def publish_alone(connection: AbstractConnection, message: Message, queue: str | None) -> None:
    """Publish on a channel of its own, which nobody else loses with it; returns once it is confirmed.

    Raises:
        UnsendableError: the broker refuses this very message, such as one over its ``max_message_size``.
        RuntimeError, OSError: the connection was lost.
    """
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    exchange, routing_key = (EVENTS_EXCHANGE, message.type or "") if queue is None else ("", queue)
    try:
        await channel.basic_publish(
            message.body,
            exchange=exchange,
            routing_key=routing_key,
            properties=message.properties,
            mandatory=True,
        )
    except ChannelPreconditionFailed as error:
        raise UnsendableError(f"the broker refuses it: {error}") from error
    except AMQPError as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    finally:
        if not channel.is_closed:
            await channel.close()
