"""Rows of bulk operations → what the API answers."""

from typing import Any

from services.ops_console.handlers.operations import seconds_for
from services.ops_console.handlers.planning import Obstacle
from services.ops_console.routes.shapes_bulk import (
    ItemOut,
    ObstacleOut,
    OperationOut,
    OperationStory,
    PreflightOut,
    ProgressOut,
)
from shared.db.tables import Operation, OperationItem

_COLUMNS = (
    "id", "kind", "name", "state", "reason", "selection", "patch", "rate", "threshold", "minimum", "level",
    "stop_reason", "created_by", "created_at", "confirmed_at", "finished_at",
)  # fmt: skip


def operation_out(row: Operation) -> OperationOut:
    """One of a list."""
    return OperationOut(**_values(row))


def operation_story(row: Operation, obstacles: list[Obstacle]) -> OperationStory:
    """One, with what is in its way."""
    told = [ObstacleOut(queue=one.queue, circuit=one.circuit) for one in obstacles]
    left = seconds_for(row.counts.get("chosen", 0), row.rate)
    return OperationStory(**_values(row), obstacles=told, seconds_left=left)


def item_out(row: OperationItem) -> ItemOut:
    """A letter of it."""
    return ItemOut(
        id=row.delivery_id,
        **{name: getattr(row, name) for name in ItemOut.model_fields if name != "id"},
    )


def _values(row: Operation) -> dict[str, Any]:
    counts = row.counts
    progress = {name: counts[name] for name in ProgressOut.model_fields if name in counts}
    found = counts.get("preflight")
    return {
        **{name: getattr(row, name) for name in _COLUMNS},
        "progress": ProgressOut(**progress),
        "waits_for": counts.get("waits_for", []),
        "recent": counts.get("trace", []),
        "stop": counts.get("stop"),
        "preflight": None if found is None else PreflightOut(**found),
        "confirmed_by": counts.get("confirmed_by"),
    }
