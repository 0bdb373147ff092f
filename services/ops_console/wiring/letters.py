"""Dead letters: filed from the broker's queues, kept in groups, found in the table."""

from datetime import timedelta
from typing import Final

from services.ops_console.handlers.dead_letters import FileDeadLetter
from services.ops_console.handlers.groups import FoldGroups, KeepGroups, judge
from services.ops_console.handlers.letter_texts import ReadLetters, text_of
from services.ops_console.routes import dead_letters, groups
from services.ops_console.routes.parts.letters import LetterParts
from services.ops_console.routes.web import dead_letters as web_dead_letters
from services.ops_console.routes.web import groups as web_groups
from services.ops_console.routes.web import letter as web_letter
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.dead_letters import DeadLetters
from services.ops_console.store.filing import Filing
from services.ops_console.store.group_changes import GroupChanges
from services.ops_console.store.group_folding import GroupFolding
from services.ops_console.store.group_upkeep import GroupUpkeep
from services.ops_console.store.groups import Groups
from services.ops_console.store.letter_texts import LetterTexts
from shared.contracts import names
from shared.health.platform import Platform
from shared.messaging.topology import SERVICES_WITH_WORK

ROUTES = (groups, dead_letters, web_groups, web_dead_letters, web_letter)
#: A count on a page is exact without it; states and alerts come this late.
_FOLD_SECONDS: Final = 2.0
#: Drift comes from hands in the table, and from a version before this one that still runs.
_RECOUNT_SECONDS: Final = 600.0
#: A text more makes no search longer.
_FORGET_SECONDS: Final = 3600.0


def wire(platform: Platform, settings: ConsoleSettings) -> LetterParts:
    """With the consumers that empty the queues of dead letters, and the loops that keep groups and texts."""
    database = platform.database
    for service in SERVICES_WITH_WORK:
        queue = names.dead_letters(service)
        file = FileDeadLetter(queue, Filing(database), lambda: platform.readiness.draining)
        platform.consumers.subscribe_raw(queue, file)
    upkeep = GroupUpkeep(database)
    keep = KeepGroups(upkeep, timedelta(hours=settings.dead_letter_aged_hours))
    platform.every("groups", _FOLD_SECONDS, FoldGroups(GroupFolding(database, judge)))
    platform.every("groups-kept", 10 * _FOLD_SECONDS, keep)
    platform.every("groups-counted", _RECOUNT_SECONDS, upkeep.recount)
    platform.every("letters-forgotten", _FORGET_SECONDS, upkeep.forget)
    platform.every("letters-read", _FOLD_SECONDS, ReadLetters(LetterTexts(database, text_of)))
    return LetterParts(
        dead_letters=DeadLetters(database), groups=Groups(database), group_changes=GroupChanges(database)
    )
