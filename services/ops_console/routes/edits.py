"""``/api/dead-letters/{id}/edit``: a correction, at once or in steps, and what it would change."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.ops_console.handlers.drafting import Step
from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes_edits import Edited, EditOut
from services.ops_console.routes.views_edits import edit_out
from services.ops_console.routes.wishes_edits import Correction, EditWish, Sending
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotAllowedError

router = APIRouter(prefix="/api/dead-letters/{letter_id}/edit", tags=["edits"])


@router.post("", status_code=202)
async def edit_dead_letter(letter_id: int, wish: EditWish, parts: Given, person: Operator) -> Edited:
    """A corrected event goes to that queue alone; the old one is discarded as replaced."""
    event_id = await parts.edit(
        letter_id, wish.edit(), by=person.name, reason=wish.reason, force=forced(person, force=wish.force)
    )
    return Edited(id=letter_id, event_id=event_id)


@router.get("")
async def show_edit(letter_id: int, parts: Given, person: Viewer) -> EditOut:
    """Your draft of it, or the beginning of one."""
    return edit_out(await parts.edit_in_steps.look(letter_id, by=person.name))


@router.post("/check")
async def check_edit(letter_id: int, wish: Correction, parts: Given, _: Operator) -> EditOut:
    """What a correction would change and break; nothing is kept."""
    letter = (await parts.dead_letters.show(letter_id)).delivery
    return edit_out(Step(letter, 1, is_event=True, proposal=await parts.edit.propose(letter_id, wish.edit())))


@router.post("/steps")
async def add_step(letter_id: int, wish: Correction, parts: Given, person: Operator) -> EditOut:
    """Keep one step more of your draft: a correction of what the last step left."""
    return edit_out(await parts.edit_in_steps.take(letter_id, wish.edit(), by=person.name))


@router.delete("/steps")
async def undo_step(
    letter_id: int,
    parts: Given,
    person: Operator,
    *,
    everything: Annotated[bool, Query(description="Back to the beginning.")] = False,
) -> EditOut:
    """Take back the newest step of your draft."""
    return edit_out(await parts.edit_in_steps.undo(letter_id, by=person.name, everything=everything))


@router.post("/send", status_code=202)
async def send_edit(letter_id: int, wish: Sending, parts: Given, person: Operator) -> Edited:
    """Send what your draft has come to."""
    force = forced(person, force=wish.force)
    event_id = await parts.edit_in_steps.send(letter_id, by=person.name, reason=wish.reason, force=force)
    return Edited(id=letter_id, event_id=event_id)


def forced(person: Person, *, force: bool) -> bool:
    """Raises NotAllowedError where it is asked for by somebody else than an admin."""
    if force and not person.may("admin"):
        raise NotAllowedError("Only an admin sends what breaks its contract.")
    return force
