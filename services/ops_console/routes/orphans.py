"""``/api/orphans`` and ``/api/companies/{company_id}/orphans``: what is left over at the providers."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.views import columns
from shared.contracts.branch import Identifier
from shared.contracts.orphans import orphan_id as id_of
from shared.db.tables import ProviderOrphan
from shared.observability.context import bind

router = APIRouter(prefix="/api", tags=["orphans"])


class OrphanOut(BaseModel):
    """Something of ours at a provider and of no branch. ``id``: its kind and the provider's id of it.

    ``name``: by which it is ours. ``reason``: branch_deleted, branch_unknown, second, not_answered,
    agent_left_over, old_address, no_branch. ``state``: orphaned, being_removed, removed.
    """

    id: str
    company_id: str
    provider: str
    kind: str
    external_id: str
    name: str
    reason: str
    state: str
    first_seen_at: datetime
    last_seen_at: datetime
    removal_requested_by: str | None
    removed_at: datetime | None


@router.get("/orphans")
async def list_orphans(
    parts: Given, _: Viewer, company: Identifier | None = None, limit: Limit = 200
) -> Items[OrphanOut]:
    """What is ours at a provider and of no branch; each company is looked at once an hour."""
    return Items(items=[orphan_out(row) for row in await parts.orphans.all(company, limit)])


@router.post("/companies/{company_id}/orphans/{orphan_id}/remove", status_code=202)
async def remove_orphan(company_id: Identifier, orphan_id: str, parts: Given, person: Operator) -> OrphanOut:
    """Delete it at the provider, if it is still nobody's when it is looked for once more."""
    bind(company_id=company_id)
    return orphan_out(await parts.orphans.request_removal(company_id, orphan_id, by=person.name))


def orphan_out(row: ProviderOrphan) -> OrphanOut:
    """With what is being done about it."""
    state = "being_removed" if row.removal_requested_by else "orphaned"
    known = {name: value for name, value in columns(row).items() if name in OrphanOut.model_fields}
    return OrphanOut(
        **known, id=id_of(row.kind, row.external_id), state="removed" if row.removed_at else state
    )
