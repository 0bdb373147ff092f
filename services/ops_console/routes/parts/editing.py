"""What the routes of edits, and the audit are given."""

from dataclasses import dataclass

from services.ops_console.handlers.edits import EditDeadLetter
from services.ops_console.store.audit import Audit


@dataclass(frozen=True)
class EditParts:
    """For edits, and the audit."""

    edit: EditDeadLetter
    audit: Audit
