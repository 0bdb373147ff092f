"""``/api/dead-letters/{id}/reveal``, ``/api/events/{id}/reveal``: with personal data, and a trace of it."""

from fastapi import APIRouter

from services.ops_console.routes.access import Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes_events import EventStory
from services.ops_console.routes.shapes_letters import DeadLetterStory
from services.ops_console.routes.views_events import event_story
from services.ops_console.routes.views_letters import dead_letter_story
from services.ops_console.routes.wishes import Reasoned
from services.ops_console.store.dead_letters import target_of

router = APIRouter(prefix="/api", tags=["reveals"])


@router.post("/dead-letters/{letter_id}/reveal")
async def reveal_dead_letter(letter_id: int, wish: Reasoned, parts: Given, person: Viewer) -> DeadLetterStory:
    """Its story with personal data; secrets stay hidden. That you looked stands in the audit."""
    story = await parts.dead_letters.show(letter_id)
    await parts.reveal(person, target_of(letter_id), wish.reason)
    return dead_letter_story(story, revealed=True)


@router.post("/events/{event_id:path}/reveal")
async def reveal_event(event_id: str, wish: Reasoned, parts: Given, person: Viewer) -> EventStory:
    """Its envelope and trail with personal data; secrets stay hidden. That you looked stands in the audit."""
    trail = await parts.events.show(event_id)
    await parts.reveal(person, f"event:{event_id}", wish.reason)
    return event_story(trail, revealed=True)
