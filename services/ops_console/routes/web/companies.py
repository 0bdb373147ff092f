"""``/companies``, ``/branches``: the tenants."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.branches import with_lights
from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_tenants import company_out
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.routes.web.walking import PAGE, Field, walked
from services.ops_console.store.sought import sought

router = APIRouter(include_in_schema=False)
_COMPANIES = ("id", "name", "status", "language", "branches", "keys", "webhook", "created_at")
_BRANCHES = (
    "id", "company_id", "name", "light", "status", "phone_number", "version", "reached_version", "updated_at",
)  # fmt: skip


@router.get("/companies")
async def companies(
    request: Request, parts: Given, person: Visitor, text: str = "", cursor: str = ""
) -> Response:
    """The tenants by name."""
    page = await parts.companies.page(sought(text, shortest=1) if text else None, cursor or None, PAGE)
    rows = [company_out(view).model_dump() for view in page.rows]
    for row in rows:
        row["keys"] = ", ".join(sorted(name for name, there in row["keys"].items() if there))
        row["webhook"] = _webhook(row["webhook"])
        row["link"] = f"/companies/{quote(row['id'])}"
    fields = (Field("text", "search", text, "search"),)
    return walked(
        request, person, "companies", fields, _COMPANIES, rows, _onward(page.next), form="company_form.html"
    )


@router.get("/branches")
async def branches(
    request: Request, parts: Given, person: Visitor, text: str = "", company: str = "", cursor: str = ""
) -> Response:
    """Each with its light, and how far it has come."""
    asked = sought(text, shortest=1) if text else None
    page = await parts.branches.page(company or None, PAGE, text=asked, cursor=cursor or None)
    rows = [view.model_dump() for view in await with_lights(parts, page.rows)]
    for row in rows:
        row["link"] = f"/companies/{quote(row['company_id'])}/branches/{quote(row['id'])}"
        row["light"] = row["light"] or "not_checked"
    fields = (Field("text", "search", text, "search"), Field("company", "company_id", company))
    return walked(
        request, person, "branches", fields, _BRANCHES, rows, _onward(page.next), form="branch_form.html"
    )


def _onward(cursor: str | None) -> dict[str, Any]:
    return {"next": cursor, "previous": None, "reached": None}


def _webhook(webhook: dict[str, Any] | None) -> str:
    """``kept``, and in what it was found changed at Cal.com: ``kept (2 drifts, last: secret)``."""
    if webhook is None:
        return ""
    if not webhook["drifts"]:
        return str(webhook["state"])
    return f"{webhook['state']} ({webhook['drifts']} drifts, last: {webhook['last_drift']})"
