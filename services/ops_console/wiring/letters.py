"""Dead letters: filed from the broker's queues, found in the table."""

from services.ops_console.handlers.dead_letters import FileDeadLetter
from services.ops_console.routes import dead_letters
from services.ops_console.routes.parts.letters import LetterParts
from services.ops_console.routes.web import dead_letters as web_dead_letters
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.dead_letters import DeadLetters
from services.ops_console.store.filing import Filing
from shared.contracts import names
from shared.health.platform import Platform
from shared.messaging.topology import SERVICES_WITH_WORK

ROUTES = (dead_letters, web_dead_letters)


def wire(platform: Platform, settings: ConsoleSettings) -> LetterParts:
    """With the consumers that empty the queues of dead letters."""
    for service in SERVICES_WITH_WORK:
        queue = names.dead_letters(service)
        file = FileDeadLetter(queue, Filing(platform.database), lambda: platform.readiness.draining)
        platform.consumers.subscribe_raw(queue, file)
    return LetterParts(dead_letters=DeadLetters(platform.database))
