"""``/api/dead-letters``: look, group, replay, edit, discard."""

from fastapi import APIRouter
from pydantic import AwareDatetime

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.choosing import chosen
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Limit, Paged
from services.ops_console.routes.shapes_letters import Changed, DeadLetterOut, DeadLetterStory
from services.ops_console.routes.views_letters import dead_letter_out, dead_letter_story
from services.ops_console.routes.wishes import Chosen, DiscardWish, ReplayWish
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotAllowedError, NotPossibleError

router = APIRouter(prefix="/api/dead-letters", tags=["dead letters"])


@router.get("")
async def list_dead_letters(
    parts: Given,
    person: Viewer,
    queue: str | None = None,
    company: str | None = None,
    type: str | None = None,  # noqa: A002  # the envelope's word
    reason: str | None = None,
    error: str | None = None,
    group: str | None = None,
    search: str | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    *,
    discarded: bool = False,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Paged[DeadLetterOut]:
    """The last that died first. ``error`` is searched in class and message, ``search`` in payloads as well.

    ``since`` and ``until``: when they died.
    """
    state = "discarded" if discarded else "dead"
    selection = Selection(queue, company, type, reason, error, group, None, state, search, since, until)
    page = await parts.dead_letters.page(searchable_by(person, selection), limit, cursor)
    return Paged(items=[dead_letter_out(row) for row in page.rows], next=page.next)


@router.post("/replay")
async def replay_dead_letters(wish: ReplayWish, parts: Given, person: Operator) -> Changed:
    """Send them again, under their event ids, on a ramp; exactly those that are dead at this moment."""
    ids = await parts.changes.replay(
        chosen(wish), by=person.name, per_second=wish.per_second, reason=wish.reason
    )
    return _changed(ids, wish)


@router.post("/discard")
async def discard_dead_letters(wish: DiscardWish, parts: Given, person: Operator) -> Changed:
    """Give them up for good, with your name and reason."""
    ids = await parts.changes.discard(chosen(wish), by=person.name, reason=wish.reason)
    return _changed(ids, wish)


@router.get("/{letter_id}")
async def show_dead_letter(letter_id: int, parts: Given, _: Viewer) -> DeadLetterStory:
    """Its story: payload, headers, every attempt, the stack of the last, and what people did."""
    return dead_letter_story(await parts.dead_letters.show(letter_id))


def searchable_by(person: Person, selection: Selection) -> Selection:
    """Raises NotAllowedError: who may not see a payload cannot ask what is in it either."""
    if selection.search is not None and not person.may("operator"):
        raise NotAllowedError(
            f"To search in payloads takes the role operator; {person.name} is {person.role}."
        )
    return selection


def _changed(ids: list[int], wish: Chosen) -> Changed:
    if wish.ids and not ids:
        raise NotPossibleError("None of them is dead (any more); dead-letters show tells what became of it.")
    return Changed(count=len(ids), ids=ids)
