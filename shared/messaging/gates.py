"""What a held delivery waits for: the database, the broker, or a dependency's circuit."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol, TypeVar

from shared.contracts import names
from shared.db.engine import Database
from shared.errors import InfrastructureError
from shared.messaging.publisher import Publisher

T = TypeVar("T")

_POLL_SECONDS: Final = 0.5
#: The gates of our own servers: without them nothing can be parked either.
OURS: Final = frozenset({"database", "broker"})


class CircuitGates(Protocol):
    """The circuits of this process."""

    async def wait_until_allowed(self, gate: str, timeout: float) -> bool:  # noqa: ASYNC109
        """True once a call through circuit ``gate`` may be attempted, False after ``timeout`` seconds."""
        ...

    def is_open(self, name: str) -> bool:
        """Whether calls through circuit ``name`` are refused now."""
        ...


class LetGoError(Exception):
    """The process stops: what is held goes back to the queue untouched."""


class Gates:
    """Waits without polling the message: the delivery stays where it is.

    Each method raises LetGoError as soon as the process stops.
    """

    def __init__(self, database: Database, publisher: Publisher, circuits: CircuitGates) -> None:
        self._checks: dict[str, Callable[[], Coroutine[Any, Any, bool]]] = {
            "database": lambda: _answers(database),
            "broker": publisher.connected,
        }
        self._circuits = circuits
        self._stopping = asyncio.Event()

    def let_go(self) -> None:
        """Everything held returns at once, and nothing is held any more."""
        self._stopping.set()

    def is_paused(self, queue: str) -> bool:
        """A person has said that nothing of ``queue`` is to be handled now."""
        return self._circuits.is_open(names.pause_of(queue))

    async def wait(self, gate: str, seconds: float) -> bool:
        """True once ``gate`` is open, False after ``seconds``."""
        return await self._unless_stopping(self._opened(gate, seconds))

    async def is_open(self, gate: str) -> bool:
        """Whether our own server behind ``gate`` answers right now."""
        return await self._unless_stopping(self._checks[gate]())

    async def pause(self, seconds: float) -> None:
        """Return after ``seconds``."""
        await self._unless_stopping(asyncio.sleep(seconds))

    async def _unless_stopping(self, waiting: Coroutine[Any, Any, T]) -> T:
        waited = asyncio.create_task(waiting)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({waited, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                raise LetGoError
            return await waited
        finally:
            waited.cancel()
            stopping.cancel()

    async def _opened(self, gate: str, seconds: float) -> bool:
        check = self._checks.get(gate)
        if check is None:
            return await self._circuits.wait_until_allowed(gate, seconds)
        deadline = time.monotonic() + seconds
        while not await check():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True


async def _answers(database: Database) -> bool:
    try:
        await database.ping()
    except InfrastructureError:
        return False
    return True
