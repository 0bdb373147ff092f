"""Edits of dead letters, and the audit."""

from services.ops_console.handlers.edits import EditDeadLetter
from services.ops_console.routes import audit
from services.ops_console.routes.parts.editing import EditParts
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.audit import Audit
from services.ops_console.store.dead_letters import DeadLetters
from services.ops_console.store.drafts import Drafts
from services.ops_console.store.edits import Edits
from shared.health.platform import Platform

ROUTES = (audit,)


def wire(platform: Platform, settings: ConsoleSettings) -> EditParts:
    """A person's corrections."""
    database = platform.database
    edit = EditDeadLetter(DeadLetters(database), Edits(database))
    return EditParts(edit=edit, drafts=Drafts(database), audit=Audit(database))
