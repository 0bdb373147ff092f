"""The traffic light of a branch: what the last check found, in the reader's language."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.checks import CheckOut, FindingOut, check_out
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.routes.web.words import Language, language_of

router = APIRouter(include_in_schema=False)
_BRANCH = "/companies/{company_id}/branches/{branch_id}"
_LIGHTS = {True: "green", False: "red", None: "yellow"}


@router.post(_BRANCH + "/check")
async def check(company_id: str, branch_id: str, parts: Given, form: ByOperator) -> Response:
    """Look at the branch; the page shows what is found as it comes."""
    conversations = bool(form.text("conversations"))
    run_id = await parts.checks.ask(company_id, branch_id, conversations=conversations, by=form.person.name)
    return back_to(f"/companies/{quote(company_id)}/branches/{quote(branch_id)}", "checking", run_id)


@router.get(_BRANCH + "/check")
async def check_live(
    company_id: str, branch_id: str, request: Request, parts: Given, person: Visitor
) -> Response:
    """The part of the page that lives while a check is running."""
    context = await light(request, parts, company_id, branch_id)
    return render(request, "check.html", person, **context)


async def light(request: Request, parts: Parts, company_id: str, branch_id: str) -> dict[str, Any]:
    """Of the check that was just asked for (``?value=``, behind the notice), else of the last."""
    run_id = request.query_params.get("value") if request.query_params.get("notice") == "checking" else None
    rows = await (
        parts.checks.run(company_id, branch_id, run_id)
        if run_id
        else parts.checks.newest(company_id, branch_id)
    )
    run_id = run_id or (rows[0].run_id if rows else None)
    found = check_out(run_id, rows) if run_id else None
    address = f"/companies/{quote(company_id)}/branches/{quote(branch_id)}/check"
    return {"check": found and _shown(found, language_of(request)), "check_address": address}


def _shown(found: CheckOut, language: Language) -> dict[str, Any]:
    return {
        "id": found.id,
        "state": found.state,
        "light": _LIGHTS[found.ok],
        "verdict": found.verdict and found.verdict[language],
        "findings": [_row(each, language) for each in found.findings],
    }


def _row(finding: FindingOut, language: Language) -> dict[str, Any]:
    return {
        "state": _LIGHTS[finding.ok],
        "found": finding.found[language],
        "advice": finding.advice[language],
    }
