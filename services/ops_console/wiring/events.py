"""The event log: written from its queue, folded when its days are over, and read."""

from datetime import timedelta

from services.ops_console.handlers.event_log import LogEvents
from services.ops_console.handlers.folding import FoldOldDays
from services.ops_console.routes import events
from services.ops_console.routes.parts.events import EventParts
from services.ops_console.routes.web import events as web_events
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.event_log import EventLog
from services.ops_console.store.events import Events
from services.ops_console.store.folding import Folding
from shared.contracts import names
from shared.health.platform import Platform

ROUTES = (events, web_events)
#: One transaction per batch: the log keeps up with ingest while each event waits a few milliseconds.
_LOG_PREFETCH = 200
#: More often than daily: a process that is replaced each day would never fold.
_FOLD_SECONDS = 3600.0


def wire(platform: Platform, settings: ConsoleSettings) -> EventParts:
    """With the log's writer."""
    log = LogEvents(EventLog(platform.database), lambda: platform.readiness.draining)
    platform.consumers.subscribe_raw(names.EVENT_LOG, log, prefetch=_LOG_PREFETCH)
    if settings.event_retention_days:
        keep = timedelta(days=settings.event_retention_days)
        platform.every("fold", _FOLD_SECONDS, FoldOldDays(Folding(platform.database), keep))
    return EventParts(events=Events(platform.database))
