"""What many tests need: waiting by polling, and names that no other test has."""

import asyncio
import time
import urllib.request
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from infra.local.rabbitmq import PrivateRabbit

Value = TypeVar("Value")
#: No clock decides a test: on a machine with much other work what comes true comes late.
_LEAST = 60.0


async def eventually(
    probe: Callable[[], Awaitable[Value]],
    *,
    within: float = _LEAST,
    every: float = 0.05,
    of: str = "the condition",
) -> Value:
    """The first truthy answer of ``probe``; fails after ``within`` seconds, a minute at least."""
    patience = max(within, _LEAST)
    deadline = time.monotonic() + patience
    while True:
        answer = await probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{of} did not come true within {patience} s; last answer: {answer!r}")
        await asyncio.sleep(every)


async def written_down() -> None:
    """Wait until a broker can have written down what was just declared.

    A node of one that is killed within a second after a declaration forgets the queue, or the messages that a
    quorum queue has confirmed since (RabbitMQ 3.10.8: 7 of 8 times at once, 0 of 4 after 3 s). Nothing it
    answers shows when that is over.
    """
    await asyncio.sleep(3)


def virtual_host(rabbitmq: PrivateRabbit, name: str) -> str:
    """The address of a new, empty virtual host: the names of queues are fixed."""
    parts = urlsplit(str(rabbitmq.management_url))
    for path in (f"vhosts/{name}", f"permissions/{name}/{parts.username}"):
        _put(
            f"{parts.scheme}://{parts.hostname}:{parts.port}/api/{path}", f"{parts.username}:{parts.password}"
        )
    return f"{rabbitmq.url.rsplit('/', 1)[0]}/{name}"


def _put(url: str, login: str) -> None:
    headers = {
        "Authorization": f"Basic {b64encode(login.encode()).decode()}",
        "Content-Type": "application/json",
    }
    body = b'{"configure": ".*", "write": ".*", "read": ".*"}'
    request = urllib.request.Request(url, body, headers, method="PUT")  # noqa: S310  # our own broker
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        assert answer.status in {201, 204}
