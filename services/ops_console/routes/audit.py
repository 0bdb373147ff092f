"""``/api/audit``: who did what."""

from fastapi import APIRouter

from services.ops_console.routes.access import Admin
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.shapes_letters import Deed
from services.ops_console.routes.views_letters import deed

router = APIRouter(prefix="/api", tags=["operations"])


@router.get("/audit")
async def show_audit(parts: Given, _: Admin, limit: Limit = 100) -> Items[Deed]:
    """Who did what."""
    return Items(items=[deed(entry) for entry in await parts.audit.newest(limit)])
