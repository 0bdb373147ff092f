"""How long a page waits for one of the things that it shows."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from shared.errors import AskProError, InfrastructureError

T = TypeVar("T")
_LONGEST: Final = 5.0


async def patiently(question: Awaitable[T], seconds: float) -> T:
    """The answer.

    Raises:
        InfrastructureError: none within ``seconds``. It is no longer waited for, but not stopped half-way
            either: that might cost its connection.
    """
    asked = asyncio.ensure_future(question)
    done, _ = await asyncio.wait({asked}, timeout=seconds)
    if not done:
        asked.add_done_callback(_seen)
        raise InfrastructureError(f"no answer within {seconds:.0f} s", gate="database")
    return asked.result()


async def or_none(question: Awaitable[T]) -> T | None:
    """The answer; None where it cannot be read, or not within five seconds."""
    try:
        return await patiently(question, _LONGEST)
    except (AskProError, OSError):
        return None


def _seen(asked: "asyncio.Future[T]") -> None:
    """What came too late is no news."""
    if not asked.cancelled():
        asked.exception()
