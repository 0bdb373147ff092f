"""``/dead-letters/{id}/edit``: a correction in steps: changed, compared, taken back, sent."""

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.edits import Edit
from services.ops_console.routes.edits import forced
from services.ops_console.routes.parts import Given
from services.ops_console.routes.views_edits import edit_out
from services.ops_console.routes.web.rendering import back_to, reason_of, render
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.store.dead_letters import target_of
from services.ops_console.store.refusals import NotAllowedError, NotSoundError

router = APIRouter(include_in_schema=False)
_EDIT = "/dead-letters/{letter_id}/edit"


@router.get(_EDIT)
async def edit(letter_id: int, request: Request, parts: Given, person: Visitor) -> Response:
    """How far this person's draft is."""
    if not person.may("operator"):
        raise NotAllowedError(f"That takes the role operator; {person.name} is {person.role}.")
    found = edit_out(await parts.edit_in_steps.look(letter_id, by=person.name))
    return render(
        request,
        "edit.html",
        person,
        edit=found,
        edit_address=address_of_edit(letter_id),
        type=found.type,
        data=found.after,
        revealed=False,
    )


@router.post(_EDIT + "/steps")
async def step(letter_id: int, parts: Given, form: ByOperator) -> Response:
    """What was shown hidden stays what it is."""
    revealed = form.text("revealed") == "yes"
    if revealed:
        await parts.reveal(form.person, target_of(letter_id), reason_of(form.text("reason")))
    change = Edit(_json(form.text("data")), type=form.text("type") or None, revealed=revealed)
    await parts.edit_in_steps.take(letter_id, change, by=form.person.name)
    return back_to(address_of_edit(letter_id), "edit_kept")


@router.post(_EDIT + "/undo")
async def undo(letter_id: int, parts: Given, form: ByOperator) -> Response:
    """The newest step, or all."""
    everything = form.text("everything") == "yes"
    await parts.edit_in_steps.undo(letter_id, by=form.person.name, everything=everything)
    return back_to(address_of_edit(letter_id), "edit_undone")


@router.post(_EDIT + "/send")
async def send(letter_id: int, parts: Given, form: ByOperator) -> Response:
    """The copy goes to the queue, the letter is discarded for it."""
    force = forced(form.person, force=form.text("force") == "yes")
    reason = reason_of(form.text("reason"))
    event_id = await parts.edit_in_steps.send(letter_id, by=form.person.name, reason=reason, force=force)
    return back_to(f"/dead-letters/{letter_id}", "edited", event_id)


def address_of_edit(letter_id: int) -> str:
    """The page on which it is edited."""
    return f"/dead-letters/{letter_id}/edit"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotSoundError(f"That is not JSON: {error}") from error
