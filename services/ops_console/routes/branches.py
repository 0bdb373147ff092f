"""``/api/branches`` and ``/api/companies/{company_id}/branches/{branch_id}``."""

from collections.abc import Sequence

from fastapi import APIRouter

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes import Limit
from services.ops_console.routes.shapes_tenants import Accepted, BranchOut
from services.ops_console.routes.shapes_work import Walked
from services.ops_console.routes.views_tenants import branch_out
from services.ops_console.routes.wishes import NewBranch
from services.ops_console.store.branches import BranchView
from services.ops_console.store.lights import light_of
from services.ops_console.store.refusals import NotSoundError
from services.ops_console.store.sought import sought
from shared.contracts.branch import Identifier
from shared.observability.context import bind

router = APIRouter(prefix="/api", tags=["branches"])
_ONE = "/companies/{company_id}/branches/{branch_id}"


@router.get("/branches")
async def list_branches(
    parts: Given,
    _: Viewer,
    company: Identifier | None = None,
    text: str | None = None,
    cursor: str | None = None,
    limit: Limit = 200,
    *,
    deleted: bool = False,
) -> Walked[BranchOut]:
    """Branches by company and name, each with its light; ``deleted``: those that were given up too.

    ``text``: part of a name, an id or a number.
    """
    asked = sought(text, shortest=1) if text else None
    page = await parts.branches.page(company, limit, text=asked, cursor=cursor, deleted=deleted)
    return Walked(items=await with_lights(parts, page.rows), next=page.next)


async def with_lights(parts: Parts, views: Sequence[BranchView]) -> list[BranchOut]:
    """What the last check of each found, in one more look."""
    lights = await parts.lights.of((view.branch.company_id, view.branch.id) for view in views)
    return [
        branch_out(view).model_copy(
            update={"light": light_of(lights.get((view.branch.company_id, view.branch.id)))}
        )
        for view in views
    ]


@router.get("/branches/{branch_id}")
async def find_branch(
    branch_id: Identifier, parts: Given, _: Viewer, company: Identifier | None = None
) -> BranchOut:
    """One branch with its document and the story of its provisioning."""
    return branch_out(await parts.branches.show(branch_id, company), whole=True)


@router.post("/branches", status_code=202)
async def add_branch(branch: NewBranch, parts: Given, person: Operator) -> Accepted:
    """A new branch: its row and ``branch.created`` are one transaction; provisioning follows by itself."""
    bind(company_id=branch.company_id, branch_id=branch.branch_id)
    version = await parts.branches.add(branch, by=person.name)
    return Accepted(id=branch.branch_id, company_id=branch.company_id, version=version)


@router.get(_ONE)
async def show_branch(company_id: Identifier, branch_id: Identifier, parts: Given, _: Viewer) -> BranchOut:
    """One branch with its document and the story of its provisioning."""
    return branch_out(await parts.branches.show(branch_id, company_id), whole=True)


@router.put(_ONE, status_code=202)
async def change_branch(
    company_id: Identifier, branch_id: Identifier, branch: NewBranch, parts: Given, person: Operator
) -> Accepted:
    """The whole branch anew: ``branch.updated``, or ``branch.created`` where there was none."""
    if (branch.company_id, branch.branch_id) != (company_id, branch_id):
        raise NotSoundError("company_id and branch_id in the body must be those of the address.")
    bind(company_id=company_id, branch_id=branch_id)
    version = await parts.branches.change(branch, by=person.name)
    return Accepted(id=branch_id, company_id=company_id, version=version)


@router.post(_ONE + "/retry", status_code=202)
async def retry_branch(
    company_id: Identifier, branch_id: Identifier, parts: Given, person: Operator
) -> Accepted:
    """Provision it again under a new version."""
    bind(company_id=company_id, branch_id=branch_id)
    version = await parts.branches.retry(company_id, branch_id, by=person.name)
    return Accepted(id=branch_id, company_id=company_id, version=version)


@router.post(_ONE + "/steps/{step}/retry", status_code=202)
async def retry_step(
    company_id: Identifier, branch_id: Identifier, step: str, parts: Given, person: Operator
) -> Accepted:
    """One step of its provisioning again; what is done already is left alone."""
    bind(company_id=company_id, branch_id=branch_id)
    version = await parts.branches.retry_step(company_id, branch_id, step, by=person.name)
    return Accepted(id=branch_id, company_id=company_id, version=version)


@router.delete(_ONE, status_code=202)
async def delete_branch(
    company_id: Identifier,
    branch_id: Identifier,
    parts: Given,
    person: Operator,
    *,
    release_number: bool = False,
) -> Accepted:
    """Give it up: its agent and bindings go, the row stays. ``release_number``: its number leaves Retell."""
    bind(company_id=company_id, branch_id=branch_id)
    version = await parts.branches.delete(
        company_id, branch_id, by=person.name, release_number=release_number
    )
    return Accepted(id=branch_id, company_id=company_id, version=version)
