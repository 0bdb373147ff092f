"""``/api/events``: what was accepted, and what became of it."""

from fastapi import APIRouter
from pydantic import AwareDatetime

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items, Limit
from services.ops_console.routes.shapes_events import EventOut, EventStory
from services.ops_console.routes.views_events import event_out, event_story
from services.ops_console.store.events import Filter

router = APIRouter(prefix="/api/events", tags=["events"])


@router.get("")
async def list_events(
    parts: Given,
    _: Viewer,
    type: str | None = None,  # noqa: A002  # the envelope's word
    company: str | None = None,
    since: AwareDatetime | None = None,
    correlation: str | None = None,
    id: str | None = None,  # noqa: A002  # likewise
    *,
    unhandled: bool = False,
    before: int | None = None,
    limit: Limit = 50,
) -> Items[EventOut]:
    """Newest first. ``type`` may hold ``*``; ``before``: the lowest ``seq`` of the page before."""
    chosen = Filter(type, company, since, correlation, id, unhandled, before)
    return Items(items=[event_out(line) for line in await parts.events.list(chosen, limit)])


@router.get("/{event_id:path}")
async def show_event(event_id: str, parts: Given, person: Viewer) -> EventStory:
    """The envelope, its state in each queue, and the whole trail of causes, effects and the same case."""
    return event_story(await parts.events.show(event_id), person)
