"""``/api/catalogue`` and ``/api/companies/{company_id}/catalogue``: what can be booked at Cal.com."""

from fastapi import APIRouter

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import EventTypeOut, Items, Limit
from services.ops_console.routes.views import event_type_out
from shared.contracts.branch import Identifier

router = APIRouter(prefix="/api", tags=["catalogue"])


@router.get("/catalogue")
async def list_catalogue(
    parts: Given, _: Viewer, company: Identifier | None = None, limit: Limit = 200
) -> Items[EventTypeOut]:
    """Event types by company and title, those that are gone last."""
    return Items(items=[event_type_out(row) for row in await parts.catalogue.all(company, limit)])


@router.get("/companies/{company_id}/catalogue")
async def list_of_company(
    company_id: Identifier, parts: Given, _: Viewer, limit: Limit = 200
) -> Items[EventTypeOut]:
    """Those of one company. Raises NotThereError for one that nobody entered."""
    await parts.companies.show(company_id)
    return Items(items=[event_type_out(row) for row in await parts.catalogue.all(company_id, limit)])
