"""Edits of dead letters, and the audit."""

from services.ops_console.handlers.edits import EditDeadLetter
from services.ops_console.routes import audit
from services.ops_console.routes.parts.editing import EditParts
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.audit import Audit
from services.ops_console.store.dead_letter_changes import DeadLetterChanges
from services.ops_console.store.dead_letters import DeadLetters
from shared.health.platform import Platform

ROUTES = (audit,)


def wire(platform: Platform, settings: ConsoleSettings) -> EditParts:
    """A person's corrections."""
    letters, changes = DeadLetters(platform.database), DeadLetterChanges(platform.database)
    return EditParts(edit=EditDeadLetter(letters, changes), audit=Audit(platform.database))
