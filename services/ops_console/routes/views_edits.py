"""Edits of dead letters → shapes."""

from typing import Any, Final

from services.ops_console.handlers.drafting import Step
from services.ops_console.handlers.edits import Proposal, own_headers_of
from services.ops_console.handlers.masking import visible
from services.ops_console.routes.shapes_edits import DiffLine, EditOut, FaultOut
from shared.contracts.envelope import Attributes

#: What a correction cannot change: a copy in another name would be another story.
_LOCKED: Final = ("type", "source", "subject", "companyid", "correlationid")


def edit_out(step: Step) -> EditOut:
    """How far it is."""
    proposal = step.proposal
    if proposal is None:
        return _no_event(step)
    return EditOut(
        id=step.letter.id,
        step=step.number,
        type=proposal.envelope.type,
        has_contract=proposal.has_contract,
        is_changed=proposal.is_changed and step.number > 0,
        faults=[FaultOut(field=one.field, message=one.message) for one in proposal.faults],
        patch=[one.document() for one in proposal.operations],
        diff=[DiffLine(kind=line.kind, text=line.text) for line in proposal.diff],
        before=proposal.before,
        after=proposal.sight.shown,
        locked=_locked(step, proposal),
    )


def _no_event(step: Step) -> EditOut:
    nothing: dict[str, Any] = {"faults": [], "patch": [], "diff": [], "before": None, "after": None}
    known: dict[str, Any] = {"id": step.letter.id, "step": step.number, "type": None, "locked": {}}
    return EditOut(**known, **nothing, has_contract=False, is_changed=False)


def _locked(step: Step, proposal: Proposal) -> dict[str, Any]:
    attributes: Attributes = proposal.envelope.attributes
    kept = {name: getattr(attributes, name) for name in _LOCKED}
    headers = {f"headers.{name}": value for name, value in own_headers_of(step.letter).items()}
    shown: dict[str, Any] = visible({"queue": step.letter.queue, **kept, **headers})
    return shown
