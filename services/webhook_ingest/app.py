"""The map of ingest: who sends what where."""

from starlette.applications import Starlette
from starlette.middleware import Middleware

from services.webhook_ingest.handlers import AcceptCalcom, AcceptEvent, AcceptRetell, AcceptStripe
from services.webhook_ingest.rejections import Rejections, ToConsole
from services.webhook_ingest.routes import Accept, webhook_routes
from services.webhook_ingest.settings import IngestSettings
from services.webhook_ingest.store import BrokerOrOutbox, FloodGate
from shared.clients.signatures import StandardWebhooks
from shared.contracts.objectives import INGEST
from shared.db.credentials import Credentials
from shared.db.request_minutes import SaveRequestMinutes
from shared.health.endpoints import health_routes
from shared.health.platform import Platform
from shared.health.problem import EXCEPTION_HANDLERS
from shared.observability.request_minutes import CountRequests, RequestMinutes

NAME = "webhook_ingest"
#: What the objectives are about: health and metrics are asked by machines of our own.
_COUNTED = ("/webhooks/", "/events")
#: Counted in memory meanwhile; a process that is killed takes so much with it.
_SAVE_SECONDS = 15.0


def build(settings: IngestSettings) -> tuple[Platform, Starlette]:
    """Wire the service; nothing connects yet."""
    platform = Platform(NAME, settings)
    companies = Credentials(platform.database, platform.vault, ttl=settings.ingest_credentials_seconds)
    platform.circuits.listen(companies.heed)
    flood = FloodGate(settings.ingest_rate_per_company)
    intake = BrokerOrOutbox(platform.publisher, platform.database, settings.ingest_confirm_seconds)
    rejections = Rejections(ToConsole(platform.publisher))
    platform.background("rejections", rejections.run)
    stripe_secret = (
        settings.stripe_webhook_secret.get_secret_value() if settings.stripe_webhook_secret else ""
    )
    events = StandardWebhooks(settings.events_secret.get_secret_value())
    table: dict[str, Accept] = {
        "/webhooks/calcom/{company_id}": AcceptCalcom(companies, flood, intake),
        "/webhooks/retell/{company_id}": AcceptRetell(companies, flood, intake),
        "/webhooks/stripe": AcceptStripe(stripe_secret, flood, intake),
        "/events": AcceptEvent(events, companies, flood, intake),
    }
    routes = webhook_routes(
        table,
        max_body_bytes=settings.ingest_max_body_bytes,
        answer_seconds=settings.ingest_answer_seconds,
        refused=rejections.offer,
    )
    return platform, Starlette(
        routes=[*routes, *health_routes(NAME, platform.readiness)],
        middleware=[_counting(platform)],
        exception_handlers=EXCEPTION_HANDLERS,
    )


def _counting(platform: Platform) -> Middleware:
    minutes = RequestMinutes()
    save = SaveRequestMinutes(platform.database, minutes, service=NAME)
    platform.every("minutes", _SAVE_SECONDS, save)
    platform.on_close(save)
    return Middleware(CountRequests, minutes=minutes, paths=_COUNTED, seconds=INGEST.seconds)
