"""``/api/queues``, ``/api/health``."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items
from services.ops_console.routes.views import circuit_out
from services.ops_console.routes.watching import Watcher
from shared.contracts.depths import Depth

router = APIRouter(prefix="/api", tags=["operations"])


@router.get("/queues")
async def list_queues(parts: Given, _: Viewer) -> Items[dict[str, Any]]:
    """What each queue holds. ``unacknowledged`` None: the management API is not configured or away."""
    depths = await parts.depths.read()
    return Items(items=[_queue(depths[name]) for name in sorted(depths)])


@router.get("/health")
async def show_health(parts: Given, _: Watcher) -> dict[str, Any]:
    """Everything the platform depends on, asked now.

    While the database is away it answers whoever was let in by this process in the last five minutes.
    """
    view = await parts.look()
    return {
        "status": view.status,
        "dependencies": [asdict(light) for light in view.dependencies],
        "queues": None if view.queues is None else [_queue(depth) for depth in view.queues],
        "recent": view.recent and {**asdict(view.recent), "error_rate": view.recent.error_rate, "minutes": 5},
        "circuits": None if view.circuits is None else [circuit_out(state) for state in view.circuits],
    }


def _queue(depth: Depth) -> dict[str, Any]:
    fields = asdict(depth)
    for internal in ("at_most", "leaving"):
        fields.pop(internal)
    return {"id": fields["queue"], **fields}
