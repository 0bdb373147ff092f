"""A broker that goes while it greets us is away, like any other that is."""

import aio_pika
import pytest

from shared.errors import TransientError
from shared.messaging.inspection import inspect_broker


async def ends_in_the_handshake(*_: object, **__: object) -> None:
    """What aiormq raises where the end of the connection is there before it waits for the next frame."""
    raise StopAsyncIteration


async def test_who_looks_at_a_broker_that_goes_while_it_greets_is_told_that_it_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aio_pika, "connect", ends_in_the_handshake)
    with pytest.raises(TransientError, match="StopAsyncIteration"):
        await inspect_broker("amqp://guest:guest@127.0.0.1:1/", None)
