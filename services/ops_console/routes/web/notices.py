"""What callers of a branch hear today: entered and taken back on the branch's page."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response

from services.ops_console.routes.notices import yesterday
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes_work import NoticeWish
from services.ops_console.routes.web.entering import read
from services.ops_console.routes.web.rendering import back_to
from services.ops_console.routes.web.visitors import ByOperator
from services.ops_console.routes.web.walking import day_of

router = APIRouter(include_in_schema=False)
_BRANCH = "/companies/{company_id}/branches/{branch_id}"


@router.post(_BRANCH + "/notice")
async def put(company_id: str, branch_id: str, parts: Given, form: ByOperator) -> Response:
    """In force from the next call."""
    said = {name: text for name in ("day", "until", "text") if (text := form.text(name))}
    wish = read(NoticeWish, said)
    await parts.notices.put(company_id, branch_id, (wish.day, wish.last), wish.text, by=form.person.name)
    return back_to(address_of(company_id, branch_id), "notice_entered")


@router.post(_BRANCH + "/notice/remove")
async def remove(company_id: str, branch_id: str, parts: Given, form: ByOperator) -> Response:
    """Gone from the next call on."""
    day = day_of(form.text("day")) or date.min
    await parts.notices.remove(company_id, branch_id, day, by=form.person.name)
    return back_to(address_of(company_id, branch_id), "notice_removed")


async def notices_of(parts: Parts, company_id: str, branch_id: str, zone: str) -> dict[str, Any]:
    """For the branch's page: those that are in force, and what day it is there."""
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    rows = await parts.notices.coming(company_id, branch_id, min(today, yesterday()))
    return {"notices": [row for row in rows if row.day >= today], "today": today}


def address_of(company_id: str, branch_id: str) -> str:
    """Of the branch's page."""
    return f"/companies/{quote(company_id)}/branches/{quote(branch_id)}"
