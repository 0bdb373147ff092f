"""Is everything well: dependencies, queues, circuits, and the ledger."""

from functools import partial

from services.ops_console.handlers.circuits import SwitchCircuit, WatchCircuits
from services.ops_console.handlers.glance import Glance
from services.ops_console.handlers.health import LookAtEverything, Probe
from services.ops_console.handlers.ledger import FindMissing, KeepLedger, SendMissing
from services.ops_console.handlers.objectives import ScoreIngest
from services.ops_console.handlers.overview import LookOver, OverviewView
from services.ops_console.handlers.queues import PAUSABLE, PauseQueue, WatchQueues
from services.ops_console.handlers.sampling import (
    FORGET_SECONDS,
    SAMPLE_SECONDS,
    ForgetSamples,
    TakeSample,
)
from services.ops_console.handlers.stuck import TellStuckCircuits
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
from services.ops_console.store.stuck import StuckCircuits
from services.ops_console.store.waiting import Waiting
from shared.clients.providers import STRIPE_CREDENTIAL
from shared.clients.reachability import reach_http, reach_redis, reach_smtp
from shared.errors import InfrastructureError
from shared.health.platform import Platform
from shared.messaging.depths import Depths
from shared.messaging.publisher import Publisher

ROUTES = (ledger, circuits, operations, queues, history, overview, web_circuits, web_queues, missing)
#: Pages ask every few seconds, each of them.
_GLANCE_SECONDS = 4.0
_SCORE_SECONDS = 15.0
#: It counts whole tables.
_LEDGER_SECONDS = 10.0


def wire(platform: Platform, settings: ConsoleSettings) -> OverviewParts:
    """With the ledger's report, the samples, and who is told of what stays open."""
    books, stragglers = Ledger(platform.database), Missing(platform.database)
    depths = _depths(platform, settings)
    keep_ledger = KeepLedger(books, depths)
    watch, queues_ = WatchCircuits(platform.circuits), _queues(platform, depths)
    look = LookAtEverything(_probes(platform, settings), depths, books, platform.circuits)
    scores = ScoreIngest(Requests(platform.database))
    overview_ = _overview(platform, look, queues_, watch, keep_ledger, scores)
    platform.every("report", REPORT_SECONDS, ReportLedger(books, depths))
    return OverviewParts(
        look=look,
        ledger=books,
        keep_ledger=keep_ledger,
        find_missing=FindMissing(keep_ledger, stragglers),
        send_missing=SendMissing(keep_ledger, stragglers),
        depths=depths,
        circuits=platform.circuits,
        overview=overview_,
        scores=scores,
        samples=_samples(platform, settings, overview_),
        watch_circuits=watch,
        switch_circuit=_switch(platform, watch),
        watch_queues=queues_,
        pause_queue=PauseQueue(platform.circuits),
    )


def _overview(
    platform: Platform,
    look: LookAtEverything,
    queues_: WatchQueues,
    watch: WatchCircuits,
    keep_ledger: KeepLedger,
    scores: ScoreIngest,
) -> Glance[OverviewView]:
    look_over = LookOver(
        look=look,
        queues=queues_,
        circuits=watch,
        dead=partial(DeadLetters(platform.database).count, Selection()),
        ledger=Glance(keep_ledger, _LEDGER_SECONDS),
        scores=Glance(scores, _SCORE_SECONDS),
    )
    return Glance(look_over, _GLANCE_SECONDS)


def _samples(platform: Platform, settings: ConsoleSettings, overview_: Glance[OverviewView]) -> Samples:
    samples, told = Samples(platform.database), StuckCircuits(platform.database, source=platform.service)
    tell = TellStuckCircuits(overview_, told, settings.circuit_stuck_minutes)
    platform.every("sample", SAMPLE_SECONDS, TakeSample(overview_, samples))
    platform.every("stuck", SAMPLE_SECONDS, tell)
    platform.every("forget", FORGET_SECONDS, ForgetSamples(samples))
    return samples


def _queues(platform: Platform, depths: Depths) -> WatchQueues:
    return WatchQueues(depths, Waiting(platform.database, sorted(PAUSABLE)), platform.circuits)


def _switch(platform: Platform, watch: WatchCircuits) -> SwitchCircuit:
    companies = Companies(platform.database, platform.vault)
    return SwitchCircuit(platform.circuits, watch, companies, frozenset({STRIPE_CREDENTIAL}))


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
