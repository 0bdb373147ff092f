"""A message that no broker takes: found before it harms others, or by sending it alone."""

import asyncio
from typing import Final

import aiormq
from aio_pika import Message
from aiormq.exceptions import ChannelPreconditionFailed

from shared.contracts.names import EVENTS_EXCHANGE
from shared.errors import PermanentError

#: Properties travel in one frame of at most 128 KiB: a larger one closes the connection under everybody. The
#: rest is for what the broker adds when it dead-letters.
_LARGEST_PROPERTIES: Final = 120 * 1024
_LONGEST_ROUTING_KEY: Final = 255
#: A connection is made in milliseconds; its end is not worth waiting for.
_CLOSE_SECONDS: Final = 2.0


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


async def publish_alone(url: str, message: Message, queue: str | None) -> None:
    """Publish on a connection of its own; returns once it is confirmed.

    A channel of its own is not enough: the broker closes the channel of a message it refuses, its number is
    free at once, and frames of others that were still to be written there would be taken for this one's.

    Raises:
        UnsendableError: the broker refuses this very message, such as one over its ``max_message_size``.
        PublishError, ChannelNotFoundEntity: no queue, or no exchange, for it.
        RuntimeError, OSError: the connection failed.
    """
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.basic_publish(
            message.body,
            exchange=EVENTS_EXCHANGE if queue is None else "",
            routing_key=(message.type or "") if queue is None else queue,
            properties=message.properties,
            mandatory=True,
        )
    except ChannelPreconditionFailed as error:
        raise UnsendableError(f"the broker refuses it: {error}") from error
    finally:
        await asyncio.wait({asyncio.ensure_future(connection.close())}, timeout=_CLOSE_SECONDS)
