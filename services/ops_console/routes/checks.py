"""``/api/companies/{company_id}/branches/{branch_id}/checks``: does a branch answer?"""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.wishes import CheckWish
from shared.contracts.branch import Identifier
from shared.db.tables import BranchCheck
from shared.observability.context import bind

router = APIRouter(prefix="/api", tags=["branches"])
_CHECKS = "/companies/{company_id}/branches/{branch_id}/checks"
#: Of the last finding, which says of all.
_VERDICT = "verdict"


class FindingOut(BaseModel):
    """One thing that was looked at; ``ok`` null: not found out. In German (``de``) and English (``en``)."""

    id: str
    ok: bool | None
    found: dict[str, str]
    advice: dict[str, str | None]
    checked_at: datetime


class CheckOut(BaseModel):
    """A check of a branch. ``state``: running, done; ``ok`` and ``verdict`` come with its end."""

    id: str
    state: str
    ok: bool | None
    verdict: dict[str, str] | None
    findings: list[FindingOut]


@router.post(_CHECKS, status_code=202)
async def ask(
    company_id: Identifier, branch_id: Identifier, wish: CheckWish, parts: Given, person: Operator
) -> CheckOut:
    """Look at all that lies between a caller and the calendar; what is found follows within seconds."""
    bind(company_id=company_id, branch_id=branch_id)
    run_id = await parts.checks.ask(company_id, branch_id, conversations=wish.conversations, by=person.name)
    return check_out(run_id, ())


@router.get(_CHECKS + "/{run_id}")
async def show(
    company_id: Identifier, branch_id: Identifier, run_id: Identifier, parts: Given, _: Viewer
) -> CheckOut:
    """What was found so far. A check that nobody asked for is running for ever."""
    return check_out(run_id, await parts.checks.run(company_id, branch_id, run_id))


def check_out(run_id: str, rows: Sequence[BranchCheck]) -> CheckOut:
    """The verdict apart from what it was made of."""
    verdict = next((row for row in rows if row.name == _VERDICT), None)
    return CheckOut(
        id=run_id,
        state="running" if verdict is None else "done",
        ok=verdict.ok if verdict else None,
        verdict={"de": verdict.found_de, "en": verdict.found_en} if verdict else None,
        findings=[_finding(row) for row in rows if row is not verdict],
    )


def _finding(row: BranchCheck) -> FindingOut:
    return FindingOut(
        id=row.name,
        ok=row.ok,
        found={"de": row.found_de, "en": row.found_en},
        advice={"de": row.advice_de, "en": row.advice_en},
        checked_at=row.checked_at,
    )
