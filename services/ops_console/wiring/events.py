"""The event log and refused requests: written from their queues, forgotten when their days are over, read."""

from datetime import timedelta

from services.ops_console.handlers.event_log import LogEvents
from services.ops_console.handlers.folding import FoldOldDays
from services.ops_console.handlers.reingest import Reingest, VerifyAsItCame
from services.ops_console.handlers.rejected import ForgetRejected, KeepRejected
from services.ops_console.handlers.signing import SignWebhook
from services.ops_console.routes import events, rejected
from services.ops_console.routes.parts.events import EventParts
from services.ops_console.routes.web import events as web_events
from services.ops_console.routes.web import rejected as web_rejected
from services.ops_console.settings import ConsoleSettings, revealed
from services.ops_console.store.companies import Companies
from services.ops_console.store.event_log import EventLog
from services.ops_console.store.event_search import EventSearch
from services.ops_console.store.events import Events
from services.ops_console.store.folding import Folding
from services.ops_console.store.rejected import RejectedRequests
from shared.clients.ingest import IngestClient
from shared.contracts import names
from shared.db.credentials import Credentials
from shared.health.platform import Platform

ROUTES = (events, rejected, web_events, web_rejected)
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
    requests = _requests(platform, settings)
    return EventParts(
        events=Events(platform.database),
        event_search=EventSearch(platform.database),
        rejected=requests,
        reingest=_reingest(platform, settings, requests),
    )


def _requests(platform: Platform, settings: ConsoleSettings) -> RejectedRequests:
    requests = RejectedRequests(platform.database)
    keep = KeepRejected(requests, lambda: platform.readiness.draining)
    platform.consumers.subscribe_raw(names.REJECTED, keep)
    forget = ForgetRejected(requests, timedelta(days=settings.rejected_retention_days))
    platform.every("forget rejected", _FOLD_SECONDS, forget)
    return requests


def _reingest(platform: Platform, settings: ConsoleSettings, requests: RejectedRequests) -> Reingest:
    stripe, internal = revealed(settings.stripe_webhook_secret), revealed(settings.events_secret)
    url = settings.ingest_public_url
    return Reingest(
        requests,
        VerifyAsItCame(Credentials(platform.database, platform.vault), stripe, internal),
        SignWebhook(Companies(platform.database, platform.vault), stripe, internal),
        IngestClient(platform.http, url) if url else None,
    )
