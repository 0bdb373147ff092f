"""Is everything well: dependencies, queues, circuits, and the ledger."""

from functools import partial

from services.ops_console.handlers.health import LookAtEverything, Probe
from services.ops_console.handlers.ledger import FindMissing, KeepLedger, SendMissing
from services.ops_console.reports import REPORT_SECONDS, ReportLedger
from services.ops_console.routes import circuits, ledger, operations
from services.ops_console.routes.parts.overview import OverviewParts
from services.ops_console.routes.web import missing, overview, queues
from services.ops_console.settings import ConsoleSettings, revealed
from services.ops_console.store.ledger import Ledger
from services.ops_console.store.missing import Missing
from shared.clients.reachability import reach_http, reach_redis, reach_smtp
from shared.errors import InfrastructureError
from shared.health.platform import Platform
from shared.messaging.depths import Depths
from shared.messaging.publisher import Publisher

ROUTES = (ledger, circuits, operations, overview, queues, missing)


def wire(platform: Platform, settings: ConsoleSettings) -> OverviewParts:
    """With the ledger's report."""
    books, stragglers = Ledger(platform.database), Missing(platform.database)
    depths = _depths(platform, settings)
    keep_ledger = KeepLedger(books, depths)
    platform.every("report", REPORT_SECONDS, ReportLedger(books, depths))
    return OverviewParts(
        look=LookAtEverything(_probes(platform, settings), depths, books, platform.circuits),
        ledger=books,
        keep_ledger=keep_ledger,
        find_missing=FindMissing(keep_ledger, stragglers),
        send_missing=SendMissing(keep_ledger, stragglers),
        depths=depths,
        circuits=platform.circuits,
    )


def _depths(platform: Platform, settings: ConsoleSettings) -> Depths:
    management = revealed(settings.rabbitmq_management_url)
    return Depths(platform.publisher, settings.rabbitmq_url.get_secret_value(), management)


def _probes(platform: Platform, settings: ConsoleSettings) -> dict[str, Probe]:
    probes: dict[str, Probe] = {
        "database": platform.database.ping,
        "broker": partial(_broker_answers, platform.publisher),
    }
    if redis_url := revealed(settings.redis_url):
        probes["cache"] = partial(reach_redis, redis_url)
    probes |= {name: partial(reach_http, url) for name, url in settings.provider_urls.items()}
    if smtp_url := revealed(settings.smtp_url):
        probes["mail"] = partial(reach_smtp, smtp_url)
    return probes


async def _broker_answers(publisher: Publisher) -> None:
    if not await publisher.connected():
        raise InfrastructureError("the connection is down", gate="broker")
