"""A message that the broker refuses closes channels; who is published beside it is confirmed all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from infra.local.rabbitmq import PrivateRabbit
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher, UnconfirmedError
from shared.messaging.unsendable import UnsendableError
from tests.integration.messaging.harness import QUEUE, TYPE, bench
from tests.integration.messaging.test_relay import Count, largest_message

LIMIT = 50_000
#: More than one frame, so that its end is still to be written when its channel is closed already.
LARGE = b"x" * 300_000


@pytest.mark.parametrize("queue", [None, QUEUE])
async def test_only_what_is_too_large_is_unsendable_however_many_large_ones_come_at_once(
    database_url: str, broker_url: str, rabbitmq: PrivateRabbit, queue: str | None
) -> None:
    async with bench(database_url, broker_url, Count()):
        for attempt in range(4):
            async with largest_message(rabbitmq, LIMIT), publisher(broker_url) as ours:
                large = {f"large-{attempt}-{n}" for n in range(20)}
                small = {f"small-{attempt}-{n}" for n in range(40)}
                sending = [taken(ours, one, LARGE, queue) for one in large]
                sending += [taken(ours, one, b"{}", queue) for one in small]
                assert {one for one in await asyncio.gather(*sending) if one} == small


@asynccontextmanager
async def publisher(broker_url: str) -> AsyncIterator[Publisher]:
    one = Publisher(broker_url, service="test")
    await one.connect()
    yield one
    await one.close()


async def taken(ours: Publisher, message_id: str, body: bytes, queue: str | None) -> str | None:
    """Published until the broker says yes, its id, or never, None."""
    message = message_of(body, {"message_id": message_id, "type": TYPE})
    for _ in range(30):
        try:
            await ours.publish(message, queue=queue, within=20)
        except UnconfirmedError:
            await asyncio.sleep(0.2)
        except UnsendableError:
            return None
        else:
            return message_id
    raise AssertionError(f"{message_id} was neither confirmed nor refused")
