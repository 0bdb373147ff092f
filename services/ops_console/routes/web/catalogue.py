"""What can be booked at Cal.com: all of it, and what one branch offers of it."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.listings import EventTypeOut, OfferOut
from services.ops_console.routes.offers import offers_of
from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_tenants import event_type_out
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.routes.web.words import Language, language_of
from shared.contracts.branch import Branch
from shared.contracts.catalogue import event_types_of

router = APIRouter(include_in_schema=False)
_COLUMNS = ("id", "company_id", "title", "length_minutes", "state", "reason", "warnings")


@router.get("/catalogue")
async def catalogue(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Each event type with what it is to a caller."""
    found, language = await parts.catalogue.all(company or None, 500), language_of(request)
    rows = [{**event_type_out(row).model_dump(), **_told(event_type_out(row), language)} for row in found]
    context: dict[str, Any] = {"columns": _COLUMNS, "rows": rows, "older": None, "form": None}
    return render(request, "list.html", person, title="catalogue", filters={"company": company}, **context)


async def offered(parts: Given, branch: Branch, language: Language) -> list[dict[str, Any]]:
    """A row for each service and for each person it is booked with."""
    known = await parts.catalogue.some(branch.company_id, event_types_of(branch))
    return [
        {**offer.model_dump(), "offer": _named(offer), **_told(offer, language)}
        for offer in offers_of(branch, known)
    ]


def _named(offer: OfferOut) -> str:
    return f"{offer.service} ({offer.person})" if offer.person else offer.service


def _told(found: EventTypeOut | OfferOut, language: Language) -> dict[str, str | None]:
    """In the reader's language."""
    warnings = "; ".join(one[language] for one in found.warnings)
    return {"reason": found.reason[language], "warnings": warnings or None}
