"""A time limit that is right inside the clean-up of a cancelled task as well."""

import asyncio
from types import TracebackType
from typing import Final, Self

#: A timer that comes so much too late says that this process stood still.
_LATE: Final = 1.0
_GRACE: Final = 0.3


class within:  # noqa: N801  # read as a statement: ``async with within(2.0):``
    """``TimeoutError`` after ``seconds``; a real cancellation stays a cancellation.

    ``asyncio.timeout`` of Python 3.11.2 compares with zero instead of with the cancellations that were there
    before it: inside the clean-up of a cancelled task its time-out comes out as ``CancelledError``.

    Where the whole process was late (frozen, starved), an answer that has arrived meanwhile is taken first:
    the other side is not to blame.
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
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time() + max(0.0, self._seconds)
        self._timer = self._loop.call_at(self._due, self._expire)
        return self

    def _expire(self) -> None:
        if self._loop.time() - self._due > _LATE:
            self._due = self._loop.time() + _GRACE
            self._timer = self._loop.call_at(self._due, self._expire)
            return
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
