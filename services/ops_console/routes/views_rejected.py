"""Refused requests → shapes, as a person may see them."""

from typing import Any

from services.ops_console.handlers.masking import visible
from services.ops_console.routes.shapes_rejected import RejectedOut, RejectedStory
from services.ops_console.routes.views import columns, content_of, only
from shared.contracts.rejected import PATH
from shared.db.tables import RejectedRequest


def rejected_out(row: RejectedRequest) -> RejectedOut:
    """A line of the list."""
    return RejectedOut(**_fields(row))


def rejected_story(row: RejectedRequest) -> RejectedStory:
    """With what came. A body that was cut is rarely JSON any more."""
    payload, raw = content_of(row.body)
    headers = {name: value for name, value in row.headers.items() if name != PATH}
    return RejectedStory(**_fields(row), headers=visible(headers), payload=payload, raw=raw)


def _fields(row: RejectedRequest) -> dict[str, Any]:
    return {**only(RejectedOut, columns(row)), "path": row.headers.get(PATH, "")}
