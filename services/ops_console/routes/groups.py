"""``/api/groups``: dead letters by error and place, what state they are in, and a note."""

from fastapi import APIRouter

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Limit, Paged
from services.ops_console.routes.shapes_letters import GroupOut, GroupStoryOut
from services.ops_console.routes.views_letters import group_out, group_story
from services.ops_console.routes.wishes_letters import NoteWish, StateWish
from services.ops_console.store.group_changes import Standing, State
from services.ops_console.store.groups import GroupFilter, Sort

router = APIRouter(prefix="/api", tags=["dead letters"])


@router.get("/groups")
@router.get("/dead-letters/groups", include_in_schema=False)
async def list_groups(
    parts: Given,
    _: Viewer,
    state: State | None = None,
    queue: str | None = None,
    company: str | None = None,
    error: str | None = None,
    *,
    empty: bool = False,
    sort: Sort = "count",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Paged[GroupOut]:
    """Thousands of failures are a few errors: the largest first, or the last that grew (``last``) or came.

    ``error`` is searched in class and place. ``empty``: also groups without a dead letter at the moment.
    """
    chosen = GroupFilter(state, queue, company, error, empty)
    page = await parts.groups.list(chosen, limit, cursor, sort)
    return Paged(items=[group_out(view) for view in page.rows], next=page.next)


@router.get("/groups/{group_id}")
async def show_group(group_id: str, parts: Given, _: Viewer) -> GroupStoryOut:
    """With its deaths in each hour of a week, and what people did to it."""
    return group_story(await parts.groups.show(group_id))


@router.post("/groups/{group_id}/state")
async def set_state(group_id: str, wish: StateWish, parts: Given, person: Operator) -> GroupStoryOut:
    """Seen, done with, or not to be told of for a while; open again when it recurs."""
    standing = Standing(wish.state, wish.until_at, wish.until_more, wish.until_per_hour)
    await parts.group_changes.stand(group_id, standing, by=person.name, reason=wish.reason or None)
    return group_story(await parts.groups.show(group_id))


@router.post("/groups/{group_id}/note")
async def set_note(group_id: str, wish: NoteWish, parts: Given, person: Operator) -> GroupStoryOut:
    """What is known about it, for whoever looks next."""
    await parts.group_changes.note(group_id, wish.note or None, by=person.name)
    return group_story(await parts.groups.show(group_id))
