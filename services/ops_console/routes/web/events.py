"""``/events``: the event log, and one event with its trail."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.trails import tree_of
from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_events import event_out, event_story
from services.ops_console.routes.web.listing import PAGE, listing
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.store.events import Filter

router = APIRouter(include_in_schema=False)
_EVENTS = ("logged_at", "type", "company_id", "id", "became")


@router.get("/events")
async def events(
    request: Request,
    parts: Given,
    person: Visitor,
    type: str = "",  # noqa: A002  # the envelope's word
    company: str = "",
    correlation: str = "",
    before: int | None = None,
) -> Response:
    """The event log."""
    chosen = Filter(
        type=type or None, company_id=company or None, correlation_id=correlation or None, before=before
    )
    lines = [event_out(line) for line in await parts.events.list(chosen, PAGE)]
    rows = [
        {**line.model_dump(), "became": became(line), "link": f"/events/{quote(line.id)}"} for line in lines
    ]
    filters = {"type": type, "company": company, "correlation": correlation}
    older = lines[-1].seq if len(lines) == PAGE else None
    return listing(request, person, "events", _EVENTS, rows, filters=filters, older=older)


@router.get("/events/{event_id:path}")
async def event(event_id: str, request: Request, parts: Given, person: Visitor) -> Response:
    """Its envelope, its state in each queue, its trail."""
    story = event_story(await parts.events.show(event_id), person)
    tree = tree_of(story.trail, lambda line: line.id, lambda line: line.causation_id)
    return render(request, "event.html", person, event=story, tree=tree)


def became(line: Any) -> str:
    """``syncer.bookings done, notifier.mail waiting``."""
    if not line.deliveries:
        return "waiting" if line.handled else "unhandled"
    return ", ".join(f"{one.queue} {one.state}" for one in line.deliveries)
