"""Nothing that a process lives for ends unseen."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from shared.health.lasting import BackgroundEndedError, for_good


async def returns() -> None:
    """Comes to an end."""


async def is_cancelled_by_a_library() -> None:
    """As aiormq does it to whoever waits for a connection that it closes."""
    raise asyncio.CancelledError("closed")


async def a_process_of(work: Coroutine[Any, Any, None]) -> None:
    """It does something else as well, for ever."""
    async with asyncio.TaskGroup() as group:
        group.create_task(for_good("relay", work, lambda: False))
        group.create_task(asyncio.Event().wait())


@pytest.mark.parametrize("work", [returns, is_cancelled_by_a_library])
async def test_what_must_not_end_and_does_ends_the_group_that_it_is_part_of(
    work: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        await a_process_of(work())
    assert raised.group_contains(BackgroundEndedError, match="relay has ended")


async def test_at_the_end_everything_may_end() -> None:
    await for_good("relay", returns(), lambda: True)


async def test_who_is_cancelled_by_its_owner_is_cancelled() -> None:
    task = asyncio.create_task(for_good("relay", asyncio.Event().wait(), lambda: False))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
