"""Is everything well: dependencies, queues, circuits, and the ledger."""

from functools import partial

from services.ops_console.handlers.circuits import SwitchCircuit, WatchCircuits
from services.ops_console.handlers.glance import Glance
from services.ops_console.handlers.health import LookAtEverything, Probe
from services.ops_console.handlers.ledger import FindMissing, KeepLedger, SendMissing
from services.ops_console.handlers.objectives import ScoreIngest
from services.ops_console.handlers.overview import LookOver
from services.ops_console.handlers.queues import PAUSABLE, PauseQueue, WatchQueues
from services.ops_console.handlers.sampling import (
    FORGET_SECONDS,
    SAMPLE_SECONDS,
    ForgetSamples,
    TakeSample,
)
from services.ops_console.reports import REPORT_SECONDS, ReportLedger
from services.ops_console.routes import circuits, history, ledger, operations, queues
from services.ops_console.routes.parts.overview import OverviewParts
from services.ops_console.routes.web import circuits as web_circuits
from services.ops_console.routes.web import missing, overview
from services.ops_console.routes.web import queues as web_queues
from services.ops_console.settings import ConsoleSettings, revealed
from services.ops_console.store.answered import Requests
from services.ops_console.store.companies import Companies
from services.ops_console.store.dead_letters import DeadLetters, Selection
from services.ops_console.store.ledger import Ledger
from services.ops_console.store.missing import Missing
from services.ops_console.store.samples import Samples
from services.ops_console.store.waiting import Waiting
from shared.clients.providers import STRIPE_CREDENTIAL
from shared.clients.reachability import reach_http, reach_redis, reach_smtp
from shared.errors import InfrastructureError
from shared.health.platform import Platform
from shared.messaging.depths import Depths
from shared.messaging.publisher import Publisher

ROUTES = (ledger, circuits, operations, queues, history, overview, web_circuits, web_queues, missing)
#: Pages ask every few seconds, each of them.
_GLANCE_SECONDS = 3.0
_SCORE_SECONDS = 15.0
#: It counts whole tables.
_LEDGER_SECONDS = 10.0


def wire(platform: Platform, settings: ConsoleSettings) -> OverviewParts:
    """With the ledger's report, and the samples."""
    database, circuits_ = platform.database, platform.circuits
    books, stragglers, samples = Ledger(database), Missing(database), Samples(database)
    depths = _depths(platform, settings)
    keep_ledger = KeepLedger(books, depths)
    look = LookAtEverything(_probes(platform, settings), depths, books, circuits_)
    watch = WatchCircuits(circuits_)
    watch_queues = WatchQueues(depths, Waiting(database, sorted(PAUSABLE)), circuits_)
    scores = ScoreIngest(Requests(database))
    look_over = LookOver(
        look=look,
        queues=watch_queues,
        circuits=watch,
        dead=partial(DeadLetters(database).count, Selection()),
        ledger=Glance(keep_ledger, _LEDGER_SECONDS),
        scores=Glance(scores, _SCORE_SECONDS),
    )
    overview_ = Glance(look_over, _GLANCE_SECONDS)
    platform.every("report", REPORT_SECONDS, ReportLedger(books, depths))
    platform.every("sample", SAMPLE_SECONDS, TakeSample(overview_, samples))
    platform.every("forget", FORGET_SECONDS, ForgetSamples(samples))
    companies = Companies(database, platform.vault)
    return OverviewParts(
        look=look,
        ledger=books,
        keep_ledger=keep_ledger,
        find_missing=FindMissing(keep_ledger, stragglers),
        send_missing=SendMissing(keep_ledger, stragglers),
        depths=depths,
        circuits=circuits_,
        overview=overview_,
        scores=scores,
        samples=samples,
        watch_circuits=watch,
        switch_circuit=SwitchCircuit(circuits_, watch, companies, frozenset({STRIPE_CREDENTIAL})),
        watch_queues=watch_queues,
        pause_queue=PauseQueue(circuits_),
    )


def _depths(platform: Platform, settings: ConsoleSettings) -> Depths:
    management = revealed(settings.rabbitmq_management_url)
    return Depths(platform.publisher, settings.rabbitmq_url.get_secret_value(), management)


def _probes(platform: Platform, settings: ConsoleSettings) -> dict[str, Probe | None]:
    redis_url, smtp_url = revealed(settings.redis_url), revealed(settings.smtp_url)
    return {
        "database": platform.database.ping,
        "broker": partial(_broker_answers, platform.publisher),
        "cache": partial(reach_redis, redis_url) if redis_url else None,
        **{name: partial(reach_http, url) for name, url in settings.provider_urls.items()},
        "mail": partial(reach_smtp, smtp_url) if smtp_url else None,
    }


async def _broker_answers(publisher: Publisher) -> None:
    if not await publisher.connected():
        raise InfrastructureError("the connection is down", gate="broker")
