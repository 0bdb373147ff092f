"""One look at each of many companies: a few at once, and none that fails holds up another."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

#: Each waits for its own company's budget; the database has 12 connections for all of us.
_AT_ONCE: Final = 4


async def each_of(companies: Iterable[str], look: Callable[[str], Awaitable[None]]) -> None:
    """Raises the first exception of ``look``, after everybody had their turn."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(company_id: str) -> None:
        async with turns:
            await look(company_id)

    results = await asyncio.gather(*map(one, companies), return_exceptions=True)
    for bug in (result for result in results if result is not None):
        raise bug
