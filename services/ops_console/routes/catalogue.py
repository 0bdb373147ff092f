"""``/api/catalogue`` and ``/api/companies/{company_id}/catalogue``: what can be booked at Cal.com."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from services.ops_console.handlers.proposals import Line, Proposal
from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.listings import EventTypeOut, ImportedOut, ImportOut, OfferOut
from services.ops_console.routes.offers import offers_of
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.views_tenants import event_type_out
from services.ops_console.routes.wishes import ImportWish
from shared.contracts.branch import Branch, Identifier
from shared.contracts.catalogue import event_types_of
from shared.observability.context import bind

router = APIRouter(prefix="/api", tags=["catalogue"])
_BRANCH: Final = "/companies/{company_id}/branches/{branch_id}"
Only = Annotated[list[int] | None, Query(alias="event_type", max_length=1000)]


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


@router.get(_BRANCH + "/offers")
async def list_offers(
    company_id: Identifier, branch_id: Identifier, parts: Given, _: Viewer
) -> Items[OfferOut]:
    """What a branch offers, and why the assistant books some of it for nobody. Raises NotThereError."""
    view = await parts.branches.show(branch_id, company_id)
    branch = Branch.model_validate(view.branch.document)
    return Items(items=offers_of(branch, await parts.catalogue.some(company_id, event_types_of(branch))))


@router.get(_BRANCH + "/import")
async def propose_import(
    company_id: Identifier, branch_id: Identifier, parts: Given, _: Viewer, event_type: Only = None
) -> ImportOut:
    """What a POST would add to the branch, of all event types or of these. Raises NotThereError."""
    return _import_out(await parts.import_catalogue.propose(company_id, branch_id, event_type), None)


@router.post(_BRANCH + "/import", status_code=202)
async def import_catalogue(
    company_id: Identifier, branch_id: Identifier, wish: ImportWish, parts: Given, person: Operator
) -> ImportOut:
    """Services and people from Cal.com's event types; what an operator has entered stands. Idempotent."""
    bind(company_id=company_id, branch_id=branch_id)
    done, version = await parts.import_catalogue(company_id, branch_id, wish.event_types, by=person.name)
    return _import_out(done, version)


def _import_out(proposal: Proposal, version: int | None) -> ImportOut:
    items = [_line_out(line) for line in proposal.lines]
    return ImportOut(items=items, people=list(proposal.people), version=version)


def _line_out(line: Line) -> ImportedOut:
    return ImportedOut(
        id=str(line.event_type_id),
        title=line.title,
        does=line.does,
        service=line.service,
        person=line.person,
        reason=dict(line.reason) if line.reason is not None else None,
    )
