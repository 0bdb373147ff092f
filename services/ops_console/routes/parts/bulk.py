"""What the routes of what is done with many dead letters are given."""

from dataclasses import dataclass

from services.ops_console.store.dead_letter_changes import DeadLetterChanges


@dataclass(frozen=True)
class BulkParts:
    """For what is done with many dead letters."""

    changes: DeadLetterChanges
