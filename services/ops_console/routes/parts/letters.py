"""What the routes of dead letters and their groups are given."""

from dataclasses import dataclass

from services.ops_console.store.dead_letters import DeadLetters
from services.ops_console.store.group_changes import GroupChanges
from services.ops_console.store.groups import Groups


@dataclass(frozen=True)
class LetterParts:
    """For dead letters and their groups."""

    dead_letters: DeadLetters
    groups: Groups
    group_changes: GroupChanges
