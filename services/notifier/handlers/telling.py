"""Several people about one outcome: one address that fails keeps nobody else from being told."""

import asyncio
from collections.abc import Awaitable, Iterable

from shared.errors import TransientError


async def tell_each(messages: Iterable[Awaitable[None]]) -> None:
    """Send all of them.

    Raises:
        ExceptionGroup: of what may pass, if anything may: who was refused for good is tried again beside
            it, who was told is not. Else of what was refused.
    """
    results = await asyncio.gather(*messages, return_exceptions=True)
    failed = [result for result in results if isinstance(result, Exception)]
    passing = [error for error in failed if isinstance(error, TransientError)]
    if failed:
        raise ExceptionGroup("not everybody was told", passing or failed)
