"""What is done with many dead letters at once."""

from services.ops_console.routes.parts.bulk import BulkParts
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.dead_letter_changes import DeadLetterChanges
from shared.health.platform import Platform

ROUTES = ()


def wire(platform: Platform, settings: ConsoleSettings) -> BulkParts:
    """Replay and discard."""
    return BulkParts(changes=DeadLetterChanges(platform.database))
