"""What the routes of what is done with many dead letters are given."""

from dataclasses import dataclass

from services.ops_console.handlers.planning import DecideOperation, PlanOperation
from services.ops_console.store.dead_letter_changes import DeadLetterChanges
from services.ops_console.store.operations import Operations
from services.ops_console.store.preflight import Preflight


@dataclass(frozen=True)
class BulkParts:
    """For what is done with many dead letters."""

    changes: DeadLetterChanges
    operations: Operations
    preflight: Preflight
    plan: PlanOperation
    decide: DecideOperation
