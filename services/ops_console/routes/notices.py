"""``/api/companies/{company_id}/branches/{branch_id}/notice``: what callers hear today."""

from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items
from services.ops_console.routes.shapes_work import NoticeOfDay, NoticeWish
from shared.contracts.branch import Identifier
from shared.observability.context import bind

router = APIRouter(prefix="/api/companies/{company_id}/branches/{branch_id}", tags=["branches"])


@router.get("/notices")
async def list_notices(
    company_id: Identifier, branch_id: Identifier, parts: Given, _: Viewer
) -> Items[NoticeOfDay]:
    """Those of today and of days to come, wherever the branch is."""
    rows = await parts.notices.coming(company_id, branch_id, yesterday())
    return Items(items=[NoticeOfDay(id=row.day, text=row.text, by=row.by, at=row.at) for row in rows])


@router.put("/notice", status_code=204)
async def put_notice(
    company_id: Identifier, branch_id: Identifier, wish: NoticeWish, parts: Given, person: Operator
) -> None:
    """In force from the next call; it stands instead of what was entered for these days before."""
    bind(company_id=company_id, branch_id=branch_id)
    await parts.notices.put(company_id, branch_id, (wish.day, wish.last), wish.text, by=person.name)


@router.delete("/notice/{day}", status_code=204)
async def remove_notice(
    company_id: Identifier, branch_id: Identifier, day: date, parts: Given, person: Operator
) -> None:
    """Gone from the next call on."""
    bind(company_id=company_id, branch_id=branch_id)
    await parts.notices.remove(company_id, branch_id, day, by=person.name)


def yesterday() -> date:
    """In UTC: no branch is further behind it."""
    return (datetime.now(UTC) - timedelta(days=1)).date()
