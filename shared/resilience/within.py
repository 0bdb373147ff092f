"""A time limit that is right inside the clean-up of a cancelled task as well."""

import asyncio
from types import TracebackType
from typing import Self


class within:  # noqa: N801  # read as a statement: ``async with within(2.0):``
    """``TimeoutError`` after ``seconds``; a real cancellation stays a cancellation.

    ``asyncio.timeout`` of Python 3.11.2 compares with zero instead of with the cancellations that were there
    before it: inside the clean-up of a cancelled task its time-out comes out as ``CancelledError``.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._expired = False

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("within needs a running task")
        self._task = task
        self._cancelled_before = task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, self._seconds), self._expire)
        return self

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if not self._expired:
            return
        ours = self._task.uncancel() <= self._cancelled_before
        if ours and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError(f"took longer than {self._seconds:.1f} s") from error
