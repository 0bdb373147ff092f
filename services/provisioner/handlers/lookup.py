"""Things that may be gone: deleted by hand at the provider, or by an attempt whose answer was lost."""

from collections.abc import Awaitable
from typing import TypeVar

from shared.errors import NotFoundError

T = TypeVar("T")


async def existing(asked: Awaitable[T]) -> T | None:
    """The answer, None where the provider does not know the thing."""
    try:
        return await asked
    except NotFoundError:
        return None
