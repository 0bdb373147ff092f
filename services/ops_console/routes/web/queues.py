"""``/queues``: what each holds."""

from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.web.listing import listing
from services.ops_console.routes.web.visitors import Visitor

router = APIRouter(include_in_schema=False)
_QUEUES = ("queue", "ready", "unacknowledged", "consumers")


@router.get("/queues")
async def queues(request: Request, parts: Given, person: Visitor) -> Response:
    """What each holds."""
    depths = await parts.depths.read()
    rows = [asdict(depths[name]) for name in sorted(depths)]
    return listing(request, person, "queues", _QUEUES, rows)
