"""What can be booked at Cal.com: all of it, and what one branch offers of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import EventTypeOut
from services.ops_console.routes.views import event_type_out
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.routes.web.words import Language, language_of
from shared.contracts.branch import Branch
from shared.contracts.catalogue import event_types_of
from shared.db.tables import CalcomEventType

router = APIRouter(include_in_schema=False)
_COLUMNS = ("id", "company_id", "title", "length_minutes", "state", "reason", "warnings")
#: Named by a branch, and not listed by Cal.com so far: another account's, or a typing error.
_UNKNOWN = "unseen"


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
    return list(_offers(branch, known, language))


def _offers(
    branch: Branch, known: Mapping[int, CalcomEventType], language: Language
) -> Iterator[dict[str, Any]]:
    for service in branch.services:
        with_whom = {"": service.event_type_id, **{one.staff_key: one.event_type_id for one in service.staff}}
        for staff, number in with_whom.items():
            if number is not None:
                named = f"{service.name} ({staff})" if staff else service.name
                yield {"offer": named, "id": number, **_found(known.get(number), branch.branch_id, language)}


def _found(row: CalcomEventType | None, branch_id: str, language: Language) -> dict[str, Any]:
    if row is None:
        return {"state": _UNKNOWN}
    event_type = event_type_out(row)
    about = {"title": row.title, "length_minutes": row.length_minutes, "state": event_type.state}
    return {**about, **_told(event_type, language, branch_id)}


def _told(
    event_type: EventTypeOut, language: Language, branch_id: str | None = None
) -> dict[str, str | None]:
    """In the reader's language; ``branch_id``: without what concerns the other branches."""
    concerned = [one for one in event_type.warnings if branch_id in {None, one["branch_id"]}]
    warnings = "; ".join(one[language] for one in concerned)
    return {"reason": event_type.reason[language], "warnings": warnings or None}
