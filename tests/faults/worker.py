"""``python -m tests.faults.worker``: the syncer's queues, and a handler that does what each event says.

Everything but the handler is the product's: platform, edge, relay, database. ``do`` in the payload:

- ``note``: writes down first that it has come.
- ``seconds``: works that long; ``block``: keeps the event loop for ``BLOCK_SECONDS``, where those are set.
- ``exit``: ends the process; ``memory``: takes all there is, and then "dies" or "raises".
- ``fail``: so many transient failures; ``bug``: so many bugs; ``refuse``: a permanent one.
- ``hang``: never returns.
"""

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from typing import Any

import uvloop
from sqlalchemy import insert
from starlette.applications import Starlette

from shared.contracts import names
from shared.contracts.envelope import Envelope
from shared.contracts.events import CallRecorded
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.settling import current_delivery
from shared.errors import PermanentError, TransientError
from shared.health.endpoints import health_routes
from shared.health.platform import Platform
from shared.messaging.consumers import On
from shared.settings import ServiceSettings, load
from tests.faults.effects import arrivals, effects

NAME = "syncer"


@dataclass(frozen=True, slots=True)
class Effect:
    """One row and one event of ours for each event that came, in one transaction."""

    database: Database

    async def __call__(self, envelope: Envelope) -> None:
        what: dict[str, Any] = envelope.data.get("payload", {}).get("do", {})
        if what.get("note"):
            await self._note(envelope.id)
        await _do(what)
        async with self.database.settling() as session:
            await session.execute(insert(effects).values(event_id=envelope.id, pid=os.getpid()))
            told = CallRecorded(company_id="salon", call_id=envelope.id, version=1, stage="ended")
            await emit(session, told, source=NAME)

    async def _note(self, event_id: str) -> None:
        async with self.database.transaction() as session:
            row = {"event_id": event_id, "pid": os.getpid(), "attempt": _attempt()}
            await session.execute(insert(arrivals).values(**row))


def _attempt() -> int:
    delivery = current_delivery.get()
    return delivery.attempt if delivery else 1


async def _do(what: dict[str, Any]) -> None:
    await asyncio.sleep(what.get("seconds", 0))
    if what.get("block"):
        time.sleep(float(os.environ.get("BLOCK_SECONDS", "0")))  # noqa: ASYNC251  # that is what it is told
    if what.get("exit"):
        os._exit(9)
    if what.get("memory"):
        _take_all_memory(what["memory"])
    if what.get("hang"):
        await asyncio.Event().wait()
    if what.get("refuse"):
        raise PermanentError("told to refuse")
    if _attempt() <= what.get("fail", 0):
        raise TransientError(f"told to fail {what['fail']} times")
    if _attempt() <= what.get("bug", 0):
        raise ZeroDivisionError("told to have a bug")


def _take_all_memory(end: str) -> None:
    """Grow until the limit; ``dies``: as the kernel's out-of-memory killer ends it, which asks nobody."""
    taken = []
    try:
        while True:
            taken.append(bytearray(16 * 1024 * 1024))
    except MemoryError:
        if end == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        raise


def main() -> None:
    """Entry point."""
    platform = Platform(NAME, load(ServiceSettings))
    lines = (On("*", Effect(platform.database)),)
    platform.subscribe({names.SYNCER_BOOKINGS: lines, names.SYNCER_CALLS: lines})
    uvloop.run(platform.run(Starlette(routes=health_routes(NAME, platform.readiness))))


if __name__ == "__main__":
    main()
