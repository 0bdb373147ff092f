"""Edits of dead letters, what is hidden in them, and the audit."""

from services.ops_console.handlers.drafting import EditInSteps
from services.ops_console.handlers.edits import EditDeadLetter
from services.ops_console.handlers.group_patches import PreviewPatch
from services.ops_console.handlers.revealing import Reveal
from services.ops_console.routes import audit, edits, group_patches, reveals
from services.ops_console.routes.parts.editing import EditParts
from services.ops_console.routes.web import audit as web_audit
from services.ops_console.routes.web import edits as web_edits
from services.ops_console.routes.web import group_patches as web_group_patches
from services.ops_console.routes.web import reveals as web_reveals
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.audit import Audit
from services.ops_console.store.dead_letters import DeadLetters
from services.ops_console.store.drafts import Drafts
from services.ops_console.store.edits import Edits
from services.ops_console.store.samples_of_letters import Samples
from shared.health.platform import Platform

ROUTES = (audit, edits, group_patches, reveals, web_audit, web_edits, web_group_patches, web_reveals)
#: What is old is old by days.
_FORGET_SECONDS = 3600.0


def wire(platform: Platform, settings: ConsoleSettings) -> EditParts:
    """A person's corrections, and what is told of everybody's deeds."""
    letters, audit = DeadLetters(platform.database), Audit(platform.database)
    edit = EditDeadLetter(letters, Edits(platform.database))
    drafts = Drafts(platform.database)
    in_steps = EditInSteps(letters, drafts, edit)
    platform.every("drafts", _FORGET_SECONDS, drafts.forget_old)
    return EditParts(
        edit=edit,
        edit_in_steps=in_steps,
        preview_patch=PreviewPatch(Samples(platform.database)),
        reveal=Reveal(audit),
        audit=audit,
    )
