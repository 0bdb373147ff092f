"""``/api/catalogue`` and ``/api/companies/{company_id}/catalogue``: what can be booked at Cal.com."""

from fastapi import APIRouter

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.offers import offers_of
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import EventTypeOut, Items, Limit, OfferOut
from services.ops_console.routes.views import event_type_out
from shared.contracts.branch import Branch, Identifier
from shared.contracts.catalogue import event_types_of

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


@router.get("/companies/{company_id}/branches/{branch_id}/offers")
async def list_offers(
    company_id: Identifier, branch_id: Identifier, parts: Given, _: Viewer
) -> Items[OfferOut]:
    """What a branch offers, and why the assistant books some of it for nobody. Raises NotThereError."""
    view = await parts.branches.show(branch_id, company_id)
    branch = Branch.model_validate(view.branch.document)
    return Items(items=offers_of(branch, await parts.catalogue.some(company_id, event_types_of(branch))))
