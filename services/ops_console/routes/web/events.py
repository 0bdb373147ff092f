"""``/events``: the event log, and one event with its trail."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.trails import tree_of
from services.ops_console.routes.event_search import find_events
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes_events import EventOut
from services.ops_console.routes.views_events import event_out, event_story
from services.ops_console.routes.web.listing import PAGE
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.store.events import Filter
from services.ops_console.store.refusals import NotSoundError

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
    id: str = "",  # noqa: A002  # likewise
    subject: str = "",
    contains: str = "",
    since: str = "",
    until: str = "",
    *,
    unhandled: bool = False,
    before: int | None = None,
) -> Response:
    """The event log."""
    texts = {"type": type, "company": company, "correlation": correlation, "id": id, "subject": subject}
    chosen = Filter(
        type or None, company or None, moment(since), correlation or None, id or None, unhandled, before,
        moment(until),
    )  # fmt: skip
    found = await find_events(
        parts, person, chosen, PAGE, subject=subject or None, text=contains.strip() or None
    )
    filters = {**texts, "contains": contains, "since": since, "until": until}
    kept = {name: value for name, value in filters.items() if value} | (
        {"unhandled": "true"} if unhandled else {}
    )
    context: dict[str, Any] = {
        "columns": _EVENTS,
        "rows": [_row(event_out(line)) for line in found.lines],
        "filters": filters,
        "texts": texts,
        "unhandled": unhandled,
        "older": f"?{urlencode({**kept, 'before': found.next})}" if found.next is not None else None,
        "searching": bool(subject or contains),
    }
    return render(request, "events.html", person, **context)


@router.get("/events/{event_id:path}")
async def event(event_id: str, request: Request, parts: Given, person: Visitor) -> Response:
    """Its envelope, its state in each queue, its trail."""
    story = event_story(await parts.events.show(event_id))
    tree = tree_of(story.trail, lambda line: line.id, lambda line: line.causation_id)
    return render(request, "event.html", person, event=story, tree=tree)


def moment(text: str) -> datetime | None:
    """What a field for a date and a time holds, in UTC; None where it is empty.

    Raises:
        NotSoundError: it is no time.
    """
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise NotSoundError(f"{text[:40]!r} is no time, such as 2026-01-31T09:30.") from error
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _row(line: EventOut) -> dict[str, Any]:
    return {**line.model_dump(), "became": became(line), "link": f"/events/{quote(line.id)}"}


def became(line: Any) -> str:
    """``syncer.bookings done, notifier.mail waiting``."""
    if not line.deliveries:
        return "waiting" if line.handled else "unhandled"
    return ", ".join(f"{one.queue} {one.state}" for one in line.deliveries)
