"""``/dead-letters``: the groups and the list, and what is decided about several at once."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_letters import dead_letter_out, group_out
from services.ops_console.routes.web.bulk import plan_of
from services.ops_console.routes.web.letter_filters import Filters
from services.ops_console.routes.web.rendering import back_to, reason_of, render
from services.ops_console.routes.web.visitors import ByOperator, Submitted, Visitor
from services.ops_console.store.dead_letters import DeadLetters, Selection
from services.ops_console.store.groups import Groups, GroupView, Sort
from services.ops_console.store.paging import Page
from services.ops_console.store.refusals import NotPossibleError, NotSoundError

router = APIRouter(include_in_schema=False)
_PAGE = 50
_GROUPS = 25
#: A person replays a handful; what a whole group may do to a provider is bounded.
_PER_SECOND = 50.0
#: Digits of a bigint.
_LONGEST_ID = 19


@router.get("/dead-letters")
async def dead_letters(
    request: Request,
    parts: Given,
    person: Visitor,
    filters: Filters,
    *,
    cursor: str | None = None,
    more: str | None = None,
    sort: Sort = "count",
) -> Response:
    """Groups first: thousands of failures are often a few errors. ``more``: where their next page begins."""
    chosen = filters.selection(person)
    letters, groups, count = await asyncio.gather(
        parts.dead_letters.page(chosen, _PAGE, cursor),
        _groups(parts.groups, filters, more, sort),
        _count_of(parts.dead_letters, chosen),
    )
    return render(
        request,
        "dead_letters.html",
        person,
        rows=[dead_letter_out(row) for row in letters.rows],
        next=letters.next,
        groups=[group_out(view) for view in groups.rows],
        more=groups.next,
        shows_groups=filters.groups() is not None and cursor is None,
        count=count,
        sort=sort,
        filters=filters,
    )


async def _groups(groups: Groups, filters: Filters, cursor: str | None, sort: Sort) -> Page[GroupView]:
    chosen = filters.groups()
    return Page((), None) if chosen is None else await groups.list(chosen, _GROUPS, cursor, sort)


async def _count_of(letters: DeadLetters, chosen: Selection) -> int | None:
    """None where to count would mean to read every text."""
    return None if chosen.texts() else await letters.count(chosen)


@router.post("/dead-letters/replay")
async def replay(parts: Given, form: ByOperator) -> Response:
    """One by its id at once; what a page's filters choose is planned, and confirmed on a page of its own."""
    if not form.text("id"):
        return await plan_of(parts, form, "replay")
    ids = await parts.changes.replay(
        _one(form), by=form.person.name, per_second=_PER_SECOND, reason=form.text("reason") or None
    )
    return back_to("/dead-letters", "replayed", _count(ids))


@router.post("/dead-letters/discard")
async def discard(parts: Given, form: ByOperator) -> Response:
    """For good, with name and reason; more than one as ``replay``."""
    reason = reason_of(form.text("reason"))
    if not form.text("id"):
        return await plan_of(parts, form, "discard")
    ids = await parts.changes.discard(_one(form), by=form.person.name, reason=reason)
    return back_to("/dead-letters", "discarded_n", _count(ids))


def _one(form: Submitted) -> Selection:
    """Whoever chooses more plans it."""
    number = form.text("id")
    ids = (int(number),) if number.isdecimal() and len(number) <= _LONGEST_ID else None
    if ids is None:
        raise NotSoundError("Nothing was chosen.")
    return Selection(ids=ids)


def _count(ids: list[int]) -> int:
    if not ids:
        raise NotPossibleError(
            "Nothing to do: it is not dead any more, as somebody else was faster, or nobody has its bytes."
        )
    return len(ids)
