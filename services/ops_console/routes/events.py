"""``/api/events``: what was accepted, and what became of it."""

from fastapi import APIRouter
from pydantic import AwareDatetime

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.event_search import find_events
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Limit
from services.ops_console.routes.shapes_events import EventPage, EventStory
from services.ops_console.routes.views_events import event_out, event_story
from services.ops_console.store.events import Filter

router = APIRouter(prefix="/api/events", tags=["events"])


@router.get("")
async def list_events(
    parts: Given,
    person: Viewer,
    type: str | None = None,  # noqa: A002  # the envelope's word
    company: str | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    correlation: str | None = None,
    id: str | None = None,  # noqa: A002  # likewise
    subject: str | None = None,
    contains: str | None = None,
    *,
    unhandled: bool = False,
    before: int | None = None,
    limit: Limit = 50,
) -> EventPage:
    """Newest first. ``type`` may hold ``*``; ``before``: ``next`` of the page before.

    ``contains``: a text anywhere in the event, as far as the person who asks may see it. It and ``subject``
    are looked for in some thousand events at a time, of those that the other filters leave.
    """
    chosen = Filter(type, company, since, correlation, id, unhandled, before, until)
    found = await find_events(parts, person, chosen, limit, subject=subject, text=contains)
    return EventPage(items=[event_out(line) for line in found.lines], next=found.next)


@router.get("/{event_id:path}")
async def show_event(event_id: str, parts: Given, _: Viewer) -> EventStory:
    """The envelope, its state in each queue, and the whole trail of causes, effects and the same case."""
    return event_story(await parts.events.show(event_id))
