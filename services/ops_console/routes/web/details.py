"""One branch: what it is, and what became of it."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes_tenants import BranchOut
from services.ops_console.routes.views_tenants import branch_out
from services.ops_console.routes.web.catalogue import offered
from services.ops_console.routes.web.checks import light
from services.ops_console.routes.web.notices import address_of, notices_of
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.routes.web.words import language_of
from shared.contracts.branch import Branch

router = APIRouter(include_in_schema=False)
_MOVING = frozenset({"running", "retrying", "testing"})
_STUCK = frozenset({"failed", "blocked", "waiting"})
_BRANCH = "/companies/{company_id}/branches/{branch_id}"


@router.get(_BRANCH)
async def branch(
    company_id: str, branch_id: str, request: Request, parts: Given, person: Visitor
) -> Response:
    """Its document, what it offers, what the last check found, and the story of its provisioning."""
    view = branch_out(await parts.branches.show(branch_id, company_id), whole=True)
    offers = await offered(parts, Branch.model_validate(view.branch), language_of(request))
    context = await light(request, parts, company_id, branch_id)
    context |= await notices_of(parts, company_id, branch_id, view.timezone)
    context |= {"address": address_of(company_id, branch_id), "live": is_under_way(view)}
    return render(request, "branch.html", person, branch=view, offers=offers, **context)


@router.get(_BRANCH + "/steps")
async def steps(company_id: str, branch_id: str, request: Request, parts: Given, person: Visitor) -> Response:
    """The part of the page that lives while the branch is being set up."""
    view = branch_out(await parts.branches.show(branch_id, company_id), whole=True)
    address = address_of(company_id, branch_id)
    return render(request, "steps.html", person, branch=view, address=address, live=is_under_way(view))


def is_under_way(view: BranchOut) -> bool:
    """Something is being done about it, or about to be; a step that waits for people is not looked at."""
    states = {step.state for step in view.steps or ()}
    return bool(states & _MOVING) or (view.status == "pending" and not states & _STUCK)


@router.post(_BRANCH + "/retry")
async def retry(company_id: str, branch_id: str, parts: Given, form: ByOperator) -> Response:
    """Provision it again."""
    await parts.branches.retry(company_id, branch_id, by=form.person.name)
    return back_to(f"/companies/{quote(company_id)}/branches/{quote(branch_id)}", "retried")


@router.post(_BRANCH + "/steps/{step}/retry")
async def retry_step(company_id: str, branch_id: str, step: str, parts: Given, form: ByOperator) -> Response:
    """One step again."""
    await parts.branches.retry_step(company_id, branch_id, step, by=form.person.name)
    return back_to(f"/companies/{quote(company_id)}/branches/{quote(branch_id)}", "retried")
