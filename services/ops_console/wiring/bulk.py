"""What is done with many dead letters at once: planned by people, driven by whichever console is there."""

import os
import socket
from datetime import timedelta

from services.ops_console.handlers.driving import DriveOperations
from services.ops_console.handlers.forgetting import ForgetLetters
from services.ops_console.handlers.planning import DecideOperation, PlanOperation
from services.ops_console.routes import bulk
from services.ops_console.routes.parts.bulk import BulkParts
from services.ops_console.routes.web import bulk as web_bulk
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.dead_letter_changes import DeadLetterChanges
from services.ops_console.store.operation_drive import Drives
from services.ops_console.store.operations import Operations
from services.ops_console.store.preflight import Preflight
from shared.health.platform import Platform

ROUTES = (bulk, web_bulk)
#: What was sent is spread over the second until the next look.
_LOOK_SECONDS = 1.0
#: More often than daily: a process that is replaced each day would never forget.
_FORGET_SECONDS = 3600.0


def wire(platform: Platform, settings: ConsoleSettings) -> BulkParts:
    """With the driver, which takes up what another console has left."""
    database = platform.database
    operations, preflight = Operations(database), Preflight(database)
    owner = f"{socket.gethostname()}:{os.getpid()}"
    platform.every("operations", _LOOK_SECONDS, DriveOperations(Drives(database), owner))
    if settings.event_retention_days:
        keep = timedelta(days=settings.event_retention_days)
        platform.every("old operations", _FORGET_SECONDS, ForgetLetters(operations, keep))
    return BulkParts(
        changes=DeadLetterChanges(database),
        operations=operations,
        preflight=preflight,
        plan=PlanOperation(operations, preflight),
        decide=DecideOperation(operations),
    )
