"""A row of somebody's appointment, call or task, as a person may see it; and ``/api/callbacks``."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter

from services.ops_console.handlers.masking import masked
from services.ops_console.routes.access import Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.views import columns
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotAllowedError
from services.ops_console.store.sought import Sought, sought
from shared.observability.redaction import redact

router = APIRouter(prefix="/api", tags=["records"])
#: Names of people, and texts that name them, under names that mean something else in a payload.
_OF_PEOPLE: Final = frozenset(
    {"title", "staff", "reason", "preferred_time", "cancellation_reason", "closed_note"}
)
_MASK: Final = "•••"


@router.get("/callbacks")
async def list_callbacks(
    parts: Given, person: Viewer, company: str | None = None, call: str | None = None, limit: Limit = 50
) -> Items[dict[str, Any]]:
    """Tasks, open and closed, the latest first."""
    rows = await parts.records.callbacks(company, limit, call_id=call)
    return Items(items=[record(columns(row), row.id, person) for row in rows])


def record(row: Mapping[str, Any], row_id: object, person: Person) -> dict[str, Any]:
    """Operators see whom a task is about: it is theirs. Viewers see what happened, and to nobody."""
    fields = redact(dict(row))
    if not person.may("operator"):
        hidden = {name: _MASK for name in _OF_PEOPLE if fields.get(name) is not None}
        fields = masked(fields) | hidden
    return {**fields, "id": str(row_id)}


def search_of(text: str | None, person: Person) -> Sought | None:
    """What is searched for.

    Raises:
        NotAllowedError: who sees no names could find them out by searching for them.
        NotSoundError: it is too short.
    """
    if not text:
        return None
    if not person.may("operator"):
        raise NotAllowedError(
            f"To search for people takes the role operator; {person.name} is {person.role}."
        )
    return sought(text)
