"""Payloads with personal data, for who may see them: the page is the answer to a form, and is never kept."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_events import event_story
from services.ops_console.routes.views_letters import dead_letter_story
from services.ops_console.routes.web.edits import address_of_edit
from services.ops_console.routes.web.rendering import reason_of, render
from services.ops_console.routes.web.visitors import ByViewer
from services.ops_console.store.dead_letters import target_of

router = APIRouter(include_in_schema=False)


@router.post("/dead-letters/{letter_id}/reveal")
async def reveal_dead_letter(letter_id: int, request: Request, parts: Given, form: ByViewer) -> Response:
    """Payload, error and attempts; from here it can be edited as it is shown."""
    story, reason = await parts.dead_letters.show(letter_id), reason_of(form.text("reason"))
    await parts.reveal(form.person, target_of(letter_id), reason)
    letter = dead_letter_story(story, revealed=True)
    contents = [
        ("payload", letter.payload or letter.raw),
        ("error", letter.error),
        ("attempts", letter.history),
    ]
    data = letter.payload.get("data") if isinstance(letter.payload, dict) else None
    may_edit = letter.state == "dead" and data is not None and form.person.may("operator")
    context: dict[str, Any] = {"data": data, "type": letter.event_type, "revealed": True, "reason": reason}
    return render(
        request, "revealed.html", form.person, name=letter.id, back=f"/dead-letters/{letter.id}",
        contents=contents, edit_address=address_of_edit(letter.id) if may_edit else "", **context,
    )  # fmt: skip


@router.post("/events/{event_id:path}/reveal")
async def reveal_event(event_id: str, request: Request, parts: Given, form: ByViewer) -> Response:
    """Envelope and trail."""
    trail = await parts.events.show(event_id)
    await parts.reveal(form.person, f"event:{event_id}", reason_of(form.text("reason")))
    event = event_story(trail, revealed=True)
    told = [notice.model_dump(mode="json") for line in event.trail for notice in line.notices]
    contents = [("envelope", event.envelope or event.raw), ("told", told)]
    return render(
        request, "revealed.html", form.person, name=event.id, back=f"/events/{quote(event.id)}",
        contents=contents, edit_address="",
    )  # fmt: skip
