"""``/operators``: who works here, what they may, and who is in; for admins alone."""

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.operators import operator_out
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes_people import OperatorOut
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import AdminVisitor, ByAdmin
from services.ops_console.store.operators import ROLES
from services.ops_console.store.refusals import NotSoundError

router = APIRouter(include_in_schema=False)
_COLUMNS: Final = ("name", "role", "may_reveal", "sessions", "last_seen_at", "created_at", "removed_at")
_PAGE: Final = "/operators"


@router.get(_PAGE)
async def operators(request: Request, parts: Given, person: AdminVisitor) -> Response:
    """By name, those who were removed last."""
    rows = [_row(operator_out(one)) for one in await parts.people.all()]
    return render(request, "operators.html", person, columns=_COLUMNS, rows=rows, roles=ROLES)


@router.post(_PAGE + "/{name}/change")
async def change(name: str, parts: Given, form: ByAdmin) -> Response:
    """Role and permission as the form says."""
    role = next((role for role in ROLES if role == form.text("role")), None)
    if role is None:
        raise NotSoundError(f"A role is one of {', '.join(ROLES)}.")
    reveal = form.text("may_reveal") == "true"
    await parts.people.change(name, role=role, may_reveal=reveal, by=form.person.name)
    return back_to(_PAGE, "operator_changed", name)


@router.post(_PAGE + "/{name}/remove")
async def remove(name: str, parts: Given, form: ByAdmin) -> Response:
    """Out, and not in again."""
    await parts.people.remove(name, by=form.person.name)
    return back_to(_PAGE, "operator_removed", name)


@router.post(_PAGE + "/{name}/sessions/end")
async def end_sessions(name: str, parts: Given, form: ByAdmin) -> Response:
    """Whoever is in has to log in again."""
    await parts.people.end_sessions(name, by=form.person.name)
    return back_to(_PAGE, "sessions_ended", name)


def _row(one: OperatorOut) -> dict[str, Any]:
    fields = one.model_dump()
    return {
        **fields,
        "name": one.id,
        "may_reveal": "✓" if one.may_reveal else None,
        "reveals": one.may_reveal,
    }
