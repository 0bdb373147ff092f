"""What a held delivery waits for: the database, the broker, or a dependency's circuit."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from shared.db.engine import Database
from shared.errors import InfrastructureError
from shared.messaging.publisher import Publisher
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_POLL_SECONDS: Final = 0.5


class CircuitGates(Protocol):
    """The circuits of this process."""

    async def wait_until_allowed(self, gate: str, timeout: float) -> bool:  # noqa: ASYNC109
        """True once a call through circuit ``gate`` may be attempted, False after ``timeout`` seconds."""
        ...


class LetGoError(Exception):
    """The process stops: what is held goes back to the queue untouched."""


class Gates:
    """Waits without polling the message: the delivery stays where it is."""

    def __init__(self, database: Database, publisher: Publisher, circuits: CircuitGates) -> None:
        self._checks: dict[str, Callable[[], Awaitable[bool]]] = {
            "database": lambda: _answers(database),
            "broker": publisher.connected,
        }
        self._circuits = circuits
        self._stopping = asyncio.Event()

    def let_go(self) -> None:
        """Everything held returns at once, and nothing is held any more."""
        self._stopping.set()

    async def wait(self, gate: str, seconds: float) -> bool:
        """True once ``gate`` is open, False after ``seconds``.

        Raises:
            LetGoError: the process stops.
        """
        opened = asyncio.create_task(self._opened(gate, seconds))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({opened, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                raise LetGoError(gate)
            return await opened
        finally:
            opened.cancel()
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
