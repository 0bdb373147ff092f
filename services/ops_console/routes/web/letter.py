"""``/dead-letters/ID``: the whole story of one, and the forms to decide about it."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.trails import tree_of
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes_events import TrailLine
from services.ops_console.routes.shapes_letters import DeadLetterStory
from services.ops_console.routes.views_events import event_story
from services.ops_console.routes.views_letters import dead_letter_story
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import Visitor
from services.ops_console.store.refusals import NotThereError

router = APIRouter(include_in_schema=False)


@router.get("/dead-letters/{letter_id}")
async def dead_letter(letter_id: int, request: Request, parts: Given, person: Visitor) -> Response:
    """Payload, headers, every attempt with its stack, and everything that belongs to the same case."""
    letter = dead_letter_story(await parts.dead_letters.show(letter_id))
    tree = tree_of(
        await _timeline(parts, letter.event_id), lambda line: line.id, lambda line: line.causation_id
    )
    return render(
        request, "dead_letter.html", person,
        letter=letter, headers=_headers(letter), attempts=_attempts(letter), tree=tree,
    )  # fmt: skip


async def _timeline(parts: Parts, event_id: str) -> list[TrailLine]:
    """Empty where the log does not have the event (any more)."""
    try:
        return event_story(await parts.events.show(event_id)).trail
    except NotThereError:
        return []


def _headers(letter: DeadLetterStory) -> list[tuple[str, Any]]:
    """AMQP properties, then our own headers."""
    own = letter.properties.get("headers") or {}
    properties = {name: value for name, value in letter.properties.items() if name != "headers"}
    return [*sorted(properties.items()), *sorted(own.items())]


def _attempts(letter: DeadLetterStory) -> list[dict[str, Any]]:
    """The history's lines, newest first, each with its stack; the last one's stands in the error as well."""
    stacks = {(one.attempt, one.at.isoformat()): one.stack for one in letter.stacks}
    attempts = [{**one, "stack": stacks.get((one.get("attempt"), one.get("at")))} for one in letter.history]
    if attempts and attempts[-1]["stack"] is None:
        attempts[-1]["stack"] = letter.error.get("stack") or None
    return attempts[::-1]
