"""``/api/health``."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from services.ops_console.routes.parts import Given
from services.ops_console.routes.views import circuit_out
from services.ops_console.routes.watching import Watcher
from shared.contracts.depths import Depth
from shared.contracts.names import PAUSES

router = APIRouter(prefix="/api", tags=["operations"])


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
        "circuits": view.circuits
        and [circuit_out(state) for state in view.circuits if not state.name.startswith(PAUSES)],
    }


def _queue(depth: Depth) -> dict[str, Any]:
    fields = asdict(depth)
    for internal in ("at_most", "leaving"):
        fields.pop(internal)
    return {"id": fields["queue"], **fields}
