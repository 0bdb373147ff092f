"""``/dead-letters/groups/ID``: one error, its letters, and what people say about it."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_letters import dead_letter_out, group_story
from services.ops_console.routes.web.letter_filters import Filters
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Submitted, Visitor
from services.ops_console.routes.wishes_letters import NoteWish, StateWish
from services.ops_console.store.group_changes import Standing
from services.ops_console.store.refusals import NotSoundError

router = APIRouter(include_in_schema=False)
_PAGE = 50


@router.get("/dead-letters/groups/{group_id}")
async def group(
    group_id: str,
    request: Request,
    parts: Given,
    person: Visitor,
    filters: Filters,
    cursor: str | None = None,
) -> Response:
    """Its deaths in a week, its state, its note, its letters."""
    chosen = filters.selection(person, group_id)
    story, letters = await asyncio.gather(
        parts.groups.show(group_id), parts.dead_letters.page(chosen, _PAGE, cursor)
    )
    return render(
        request,
        "group.html",
        person,
        group=group_story(story),
        rows=[dead_letter_out(row) for row in letters.rows],
        next=letters.next,
        filters=filters,
        now=datetime.now(UTC),
    )


@router.post("/dead-letters/groups/{group_id}/state")
async def set_state(group_id: str, parts: Given, form: ByOperator) -> Response:
    """Seen, done with, or quiet for a while."""
    wish = _wish(form)
    standing = Standing(wish.state, wish.until_at, wish.until_more, wish.until_per_hour)
    await parts.group_changes.stand(group_id, standing, by=form.person.name, reason=wish.reason or None)
    return back_to(f"/dead-letters/groups/{group_id}", f"group_{wish.state}")


@router.post("/dead-letters/groups/{group_id}/note")
async def set_note(group_id: str, parts: Given, form: ByOperator) -> Response:
    """For whoever looks next."""
    try:
        wish = NoteWish(note=form.text("note"))
    except ValidationError as error:
        raise NotSoundError("A note has at most 2,000 characters.") from error
    await parts.group_changes.note(group_id, wish.note or None, by=form.person.name)
    return back_to(f"/dead-letters/groups/{group_id}", "group_noted")


def _wish(form: Submitted) -> StateWish:
    names = ("state", "until_at", "until_more", "until_per_hour", "reason")
    said = {name: form.text(name) for name in names if form.text(name)}
    if "until_at" in said and "+" not in said["until_at"] and not said["until_at"].endswith("Z"):
        said["until_at"] += "Z"
    try:
        return StateWish.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        raise NotSoundError(f"{'.'.join(map(str, first['loc'])) or 'state'}: {first['msg']}") from error
