"""``/dead-letters``: the groups, the list, and one with the forms to decide about it."""

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.edits import Edit
from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_letters import dead_letter_out, dead_letter_story
from services.ops_console.routes.web.rendering import back_to, reason_of, render
from services.ops_console.routes.web.visitors import ByOperator, Submitted, Visitor
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.refusals import NotPossibleError, NotSoundError

router = APIRouter(include_in_schema=False)
_PAGE = 50
#: A person replays a handful; what a whole group may do to a provider is bounded.
_PER_SECOND = 50.0
#: Digits of a bigint.
_LONGEST_ID = 19


@router.get("/dead-letters")
async def dead_letters(
    request: Request,
    parts: Given,
    person: Visitor,
    queue: str = "",
    company: str = "",
    error: str = "",
    group: str = "",
    before: int | None = None,
) -> Response:
    """Groups first: thousands of failures are often a few errors."""
    chosen = Selection(queue or None, company or None, None, None, error or None, group or None)
    rows = [dead_letter_out(row, person) for row in await parts.dead_letters.list(chosen, _PAGE, before)]
    return render(
        request,
        "dead_letters.html",
        person,
        rows=rows,
        groups=[row._mapping for row in await parts.dead_letters.groups(chosen, 20)],  # noqa: SLF001  # SQLAlchemy's public name
        count=await parts.dead_letters.count(chosen),
        filters={"queue": queue, "company": company, "error": error, "group": group},
        older=rows[-1].id if len(rows) == _PAGE else None,
    )


@router.post("/dead-letters/replay")
async def replay(parts: Given, form: ByOperator) -> Response:
    """One by its id, or a group, as the page's filters narrow it, as it is at this moment."""
    ids = await parts.changes.replay(
        _chosen(form), by=form.person.name, per_second=_PER_SECOND, reason=form.text("reason") or None
    )
    return back_to("/dead-letters", "replayed", _count(ids))


@router.post("/dead-letters/discard")
async def discard(parts: Given, form: ByOperator) -> Response:
    """For good, with name and reason."""
    ids = await parts.changes.discard(
        _chosen(form), by=form.person.name, reason=reason_of(form.text("reason"))
    )
    return back_to("/dead-letters", "discarded_n", _count(ids))


@router.get("/dead-letters/{letter_id}")
async def dead_letter(letter_id: int, request: Request, parts: Given, person: Visitor) -> Response:
    """Its story."""
    story = dead_letter_story(await parts.dead_letters.show(letter_id), person)
    data = story.payload.get("data") if isinstance(story.payload, dict) else None
    return render(request, "dead_letter.html", person, letter=story, data=data)


@router.post("/dead-letters/{letter_id}/edit")
async def edit(letter_id: int, parts: Given, form: ByOperator) -> Response:
    """What was shown redacted stays what it is."""
    story = dead_letter_story(await parts.dead_letters.show(letter_id), form.person)
    shown = story.payload.get("data") if isinstance(story.payload, dict) else None
    data = _json(form.text("data"))
    if data == shown:
        raise NotSoundError("Nothing was changed.")
    event_id = await parts.edit(
        letter_id, Edit(data), by=form.person.name, reason=reason_of(form.text("reason"))
    )
    return back_to(f"/dead-letters/{letter_id}", "edited", event_id)


def _chosen(form: Submitted) -> Selection:
    number = form.text("id")
    ids = (int(number),) if number.isdecimal() and len(number) <= _LONGEST_ID else None
    chosen = Selection(
        queue=form.text("queue") or None,
        company_id=form.text("company") or None,
        error=form.text("error") or None,
        fingerprint=form.text("group") or None,
        ids=ids,
    )
    if chosen.is_empty:
        raise NotSoundError("Nothing was chosen.")
    return chosen


def _count(ids: list[int]) -> int:
    if not ids:
        raise NotPossibleError("It is not dead (any more): somebody else was faster.")
    return len(ids)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise NotSoundError(f"That is not JSON: {error}") from error
