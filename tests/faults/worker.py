"""``python -m tests.faults.worker``: the syncer's queues, and a handler that does what each event says.

Everything but the handler is the product's: platform, edge, relay, database. ``do`` in the payload:

- ``seconds``: works that long first; ``block``: without giving the event loop back.
- ``exit``: ends the process; ``memory``: takes more than there is.
- ``fail``: so many transient failures; ``bug``: so many bugs; ``refuse``: a permanent one.
- ``hang``: never returns.
"""

import asyncio
import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

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
from tests.faults import crashing
from tests.faults.effects import effects

NAME = "syncer"


@dataclass(frozen=True, slots=True)
class Effect:
    """One row and one event of ours for each event that came, in one transaction."""

    database: Database

    async def __call__(self, envelope: Envelope) -> None:
        payload: dict[str, Any] = envelope.data.get("payload", {})
        await _do(payload.get("do", {}))
        async with self.database.settling() as session:
            await session.execute(insert(effects).values(event_id=envelope.id, pid=os.getpid()))
            told = CallRecorded(company_id="salon", call_id=envelope.id, version=1, stage="ended")
            await emit(session, told, source=NAME)


async def _do(what: dict[str, Any]) -> None:
    delivery = current_delivery.get()
    attempt = delivery.attempt if delivery else 1
    await asyncio.sleep(what.get("seconds", 0))
    time.sleep(what.get("block", 0))  # noqa: ASYNC251  # blocking the loop is what it is told to do
    if what.get("exit"):
        os._exit(9)
    if what.get("memory"):
        _take_all_memory()
    if what.get("hang"):
        await asyncio.Event().wait()
    if what.get("refuse"):
        raise PermanentError("told to refuse")
    if attempt <= what.get("fail", 0):
        raise TransientError(f"told to fail {what['fail']} times")
    if attempt <= what.get("bug", 0):
        raise ZeroDivisionError("told to have a bug")


def _take_all_memory() -> None:
    """Grow until the limit, then die as the kernel's out-of-memory killer lets nobody say anything."""
    taken = []
    try:
        while True:
            taken.append(bytearray(16 * 1024 * 1024))
    except MemoryError:
        os._exit(137)


async def _vital(_: Request) -> JSONResponse:
    """What must come back to where it was."""
    return JSONResponse({"tasks": len(asyncio.all_tasks()), "rss": _resident()})


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    """Entry point."""
    crashing.install()
    platform = Platform(NAME, load(ServiceSettings))
    lines = (On("*", Effect(platform.database)),)
    platform.subscribe({names.SYNCER_BOOKINGS: lines, names.SYNCER_CALLS: lines})
    routes = [*health_routes(NAME, platform.readiness), Route("/vital", _vital)]
    uvloop.run(platform.run(Starlette(routes=routes)))


if __name__ == "__main__":
    main()
