"""What the routes of edits, reveals and the audit are given."""

from dataclasses import dataclass

from services.ops_console.handlers.drafting import EditInSteps
from services.ops_console.handlers.edits import EditDeadLetter
from services.ops_console.handlers.group_patches import PreviewPatch
from services.ops_console.handlers.revealing import Reveal
from services.ops_console.store.audit import Audit


@dataclass(frozen=True)
class EditParts:
    """For edits, reveals and the audit."""

    edit: EditDeadLetter
    edit_in_steps: EditInSteps
    preview_patch: PreviewPatch
    reveal: Reveal
    audit: Audit
