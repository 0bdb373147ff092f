"""Ends a process at an exact line, by patching the libraries that it calls: ``CRASH_AT=<point>:<n>``.

The n-th time the process comes to the point it is gone, as by ``kill -9``. Points:

- ``ack``: the effect is committed, the acknowledgement is not sent.
- ``confirmed``: the broker has confirmed a publication, its row is not yet deleted.
- ``created``: a provider has answered a POST, nothing of it is saved.
- ``commit``: the transaction of an effect is about to be committed.
"""

import itertools
import os
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import psycopg
from aio_pika import IncomingMessage
from aio_pika.exchange import Exchange

ENVIRONMENT = "CRASH_AT"


def install() -> None:
    """Read ``CRASH_AT`` and arm the point that it names; without it nothing is changed."""
    point, _, number = os.environ.get(ENVIRONMENT, "").partition(":")
    if point:
        _POINTS[point](int(number or 1))


def _before_ack(number: int) -> None:
    IncomingMessage.ack = _dying_before(IncomingMessage.ack, number)  # type: ignore[method-assign]


def _before_commit(number: int) -> None:
    psycopg.AsyncConnection.commit = _dying_before(psycopg.AsyncConnection.commit, number)  # type: ignore[method-assign]


def _after_confirm(number: int) -> None:
    Exchange.publish = _dying_after(Exchange.publish, number, lambda *_, **__: True)  # type: ignore[method-assign]


def _after_creation(number: int) -> None:
    def creates(_: object, request: httpx.Request, **__: object) -> bool:
        return request.method == "POST"

    httpx.AsyncClient.send = _dying_after(httpx.AsyncClient.send, number, creates)  # type: ignore[method-assign]


_POINTS = {
    "ack": _before_ack,
    "commit": _before_commit,
    "confirmed": _after_confirm,
    "created": _after_creation,
}


def _dying_before(method: Callable[..., Awaitable[Any]], number: int) -> Callable[..., Awaitable[Any]]:
    count = itertools.count(1)

    async def dying(*arguments: Any, **named: Any) -> Any:
        if next(count) == number:
            os._exit(9)
        return await method(*arguments, **named)

    return dying


def _dying_after(
    method: Callable[..., Awaitable[Any]], number: int, counts: Callable[..., bool]
) -> Callable[..., Awaitable[Any]]:
    count = itertools.count(1)

    async def dying(*arguments: Any, **named: Any) -> Any:
        result = await method(*arguments, **named)
        if counts(*arguments, **named) and next(count) == number:
            os._exit(9)
        return result

    return dying
