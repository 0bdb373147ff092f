"""``/api/queues``: what each holds, since when, how fast it moves; and a person who pauses one."""

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from services.ops_console.handlers.queues import QueueView
from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes import Items
from services.ops_console.routes.wishes import CircuitWish, Reasoned
from services.ops_console.store.refusals import NotThereError

router = APIRouter(prefix="/api/queues", tags=["operations"])


class QueueLine(BaseModel):
    """What a queue holds. ``arriving`` and ``settled``: messages a second.

    These and ``unacknowledged`` None: not told, as the management API is not configured or away.
    ``oldest_seconds``: for how long its oldest message waits. ``parked``: what a pause that lasts has put
    aside in the database. ``paused_until`` None while ``paused``: until somebody resumes it.
    """

    id: str
    queue: str
    ready: int
    unacknowledged: int | None
    consumers: int
    arriving: float | None
    settled: float | None
    oldest_seconds: float | None
    pausable: bool
    paused: bool
    paused_by: str | None = None
    paused_reason: str | None = None
    paused_until: datetime | None = None
    parked: int


@router.get("")
async def list_queues(parts: Given, _: Viewer) -> Items[QueueLine]:
    """Every queue of ours."""
    return Items(items=[queue_line(view) for view in await parts.watch_queues()])


@router.post("/{name}/pause")
async def pause_queue(name: str, wish: CircuitWish, parts: Given, person: Operator) -> QueueLine:
    """Nothing of it is handled until the time is over or somebody resumes it.

    What is being handled is finished; what comes is kept in its order and costs no attempt.
    """
    await parts.pause_queue.pause(name, person.name, wish.reason, wish.minutes)
    return queue_line(await queue_of(parts, name))


@router.post("/{name}/resume")
async def resume_queue(name: str, wish: Reasoned, parts: Given, person: Operator) -> QueueLine:
    """It goes on at once."""
    await parts.pause_queue.resume(name, person.name, wish.reason)
    return queue_line(await queue_of(parts, name))


async def queue_of(parts: Parts, name: str) -> QueueView:
    """One of them. Raises NotThereError."""
    for view in await parts.watch_queues():
        if view.depth.queue == name:
            return view
    raise NotThereError(f"There is no queue {name}; askpro queues shows those there are.")


def queue_line(view: QueueView) -> QueueLine:
    """As the API tells it."""
    depth, pause = view.depth, view.pause
    return QueueLine(
        id=depth.queue,
        queue=depth.queue,
        ready=depth.ready,
        unacknowledged=depth.unacknowledged,
        consumers=depth.consumers,
        arriving=depth.arriving,
        settled=depth.settled,
        oldest_seconds=seconds_since(view.oldest),
        pausable=view.pausable,
        paused=pause is not None,
        paused_by=pause and pause.forced_by,
        paused_reason=pause and pause.forced_reason,
        paused_until=pause and pause.forced_until,
        parked=view.parked,
    )


def seconds_since(moment: datetime | None) -> float | None:
    """How long ago that was; None for None."""
    return None if moment is None else max(0.0, (datetime.now(UTC) - moment).total_seconds())
