"""``/api/audit``: who did what, when, to what, before and after."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime

from services.ops_console.handlers.masking import visible
from services.ops_console.routes.access import Operator
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Limit, Paged
from services.ops_console.routes.shapes_audit import AuditOut
from services.ops_console.routes.views import columns
from services.ops_console.store.audit import Search
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotAllowedError
from shared.db.tables import AuditEntry

router = APIRouter(prefix="/api/audit", tags=["audit"])


def _search(
    operator: str | None = None,
    action: str | None = None,
    target: str | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Search:
    """``action`` and ``target`` may end with ``*``."""
    return Search(operator, action, target, since, until)


@router.get("")
async def show_audit(
    parts: Given,
    person: Operator,
    search: Annotated[Search, Depends(_search)],
    cursor: str | None = None,
    limit: Limit = 100,
) -> Paged[AuditOut]:
    """Newest first. Admins read everybody's deeds, operators their own."""
    page = await parts.audit.search(allowed(search, person), limit, cursor)
    return Paged(items=[audit_out(entry) for entry in page.rows], next=page.next)


def allowed(search: Search, person: Person) -> Search:
    """What this person may read of it. Raises NotAllowedError where they ask for somebody else's deeds."""
    if person.may("admin"):
        return search
    if search.operator not in {None, person.name}:
        raise NotAllowedError("Only an admin reads what others did.")
    return Search(person.name, search.action, search.target, search.since, search.until)


def audit_out(entry: AuditEntry) -> AuditOut:
    """Without secrets; of customers it holds nothing that was not masked when it was written."""
    fields = {name: value for name, value in columns(entry).items() if name in AuditOut.model_fields}
    told = {name: visible(fields[name], revealed=True) for name in ("before", "after")}
    return AuditOut(**{**fields, **told})


def day(text: str) -> datetime | None:
    """An instant as a form sends it, ``2026-03-02T08:00``, in UTC; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
