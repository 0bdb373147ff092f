"""``/companies``, ``/branches``: the tenants."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_tenants import branch_out, company_out
from services.ops_console.routes.web.listing import listing
from services.ops_console.routes.web.visitors import Visitor

router = APIRouter(include_in_schema=False)
_COMPANIES = ("id", "name", "status", "language", "branches", "keys", "webhook", "created_at")
_BRANCHES = ("id", "company_id", "name", "status", "phone_number", "version", "reached_version", "updated_at")


@router.get("/companies")
async def companies(request: Request, parts: Given, person: Visitor) -> Response:
    """The tenants."""
    rows = [company_out(view).model_dump() for view in await parts.companies.all(500)]
    for row in rows:
        row["keys"] = ", ".join(sorted(name for name, there in row["keys"].items() if there))
        row["webhook"] = _webhook(row["webhook"])
        row["link"] = f"/branches?company={row['id']}"
    return listing(request, person, "companies", _COMPANIES, rows, form="company_form.html")


@router.get("/branches")
async def branches(request: Request, parts: Given, person: Visitor, company: str = "") -> Response:
    """Each with how far it has come."""
    rows = [branch_out(view).model_dump() for view in await parts.branches.all(company or None, 500)]
    for row in rows:
        row["link"] = f"/companies/{row['company_id']}/branches/{row['id']}"
    filters = {"company": company}
    return listing(request, person, "branches", _BRANCHES, rows, filters=filters, form="branch_form.html")


def _webhook(webhook: dict[str, Any] | None) -> str:
    """``kept``, and in what it was found changed at Cal.com: ``kept (2 drifts, last: secret)``."""
    if webhook is None:
        return ""
    if not webhook["drifts"]:
        return str(webhook["state"])
    return f"{webhook['state']} ({webhook['drifts']} drifts, last: {webhook['last_drift']})"
