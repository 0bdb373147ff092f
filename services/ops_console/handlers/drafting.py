"""An edit in steps: each is kept and can be taken back, until what came of them is sent."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from services.ops_console.handlers.edits import Edit, EditDeadLetter, Proposal, Stories, propose
from services.ops_console.store.drafts import Draft
from services.ops_console.store.refusals import NotPossibleError
from shared.contracts.envelope import Envelope, parse_envelope
from shared.db.tables import Delivery


class Drafts(Protocol):
    """Where steps are kept, each person's own."""

    async def newest(self, letter_id: int, operator: str) -> Draft | None:
        """None where there is none."""
        ...

    async def save(self, letter_id: int, operator: str, edit: dict[str, Any]) -> int:
        """One more."""
        ...

    async def undo(self, letter_id: int, operator: str, *, everything: bool = False) -> None:
        """Raises NotPossibleError where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """How far an edit is. ``number`` 0: nothing was changed yet.

    ``proposal`` None: the old message is no event (``is_event``), and nobody has said yet what it should be.
    """

    letter: Delivery
    number: int
    is_event: bool
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class EditInSteps:
    """``by`` is whose draft it is."""

    stories: Stories
    drafts: Drafts
    edit: EditDeadLetter

    async def look(self, letter_id: int, *, by: str, revealed: bool = False) -> Step:
        """Raises NotThereError, NotPossibleError."""
        letter = (await self.stories.show(letter_id)).delivery
        draft = await self.drafts.newest(letter_id, by)
        kept = Edit(**draft.edit, revealed=revealed) if draft else Edit(patch=[], revealed=revealed)
        is_event = isinstance(parse_envelope(letter.body or b""), Envelope)
        proposal = await asyncio.to_thread(propose, letter, kept) if is_event or draft else None
        return Step(letter, draft.number if draft else 0, is_event, proposal)

    async def take(self, letter_id: int, edit: Edit, *, by: str) -> Step:
        """Keep one step more: ``edit`` of what the last one left.

        Raises:
            NotThereError, NotPossibleError, NotSoundError.
        """
        step = await self.look(letter_id, by=by, revealed=edit.revealed)
        if step.letter.state != "dead":
            raise NotPossibleError(f"{letter_id} is {step.letter.state}, not dead; nothing is left to edit.")
        await self.drafts.save(letter_id, by, _kept(step, edit))
        return await self.look(letter_id, by=by, revealed=edit.revealed)

    async def undo(self, letter_id: int, *, by: str, everything: bool = False) -> Step:
        """Back by one step, or to the beginning. Raises NotPossibleError where there is none."""
        await self.drafts.undo(letter_id, by, everything=everything)
        return await self.look(letter_id, by=by)

    async def send(self, letter_id: int, *, by: str, reason: str, force: bool = False) -> str:
        """Returns the new event's id. Raises what ``EditDeadLetter`` raises."""
        draft = await self.drafts.newest(letter_id, by)
        if draft is None:
            raise NotPossibleError("There is no draft that could be sent.")
        return await self.edit(letter_id, Edit(**draft.edit), by=by, reason=reason, force=force)


def _kept(step: Step, edit: Edit) -> dict[str, Any]:
    if step.proposal is None:
        propose(step.letter, edit)
        return {"data": edit.data, "type": edit.type}
    operations, after = step.proposal.further(edit)
    if step.is_event:
        return {"patch": [one.document() for one in operations]}
    return {"data": after.true, "type": edit.type or step.proposal.envelope.type}
