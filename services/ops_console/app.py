"""The map of the console: what it reads, what it does, and where people find it."""

from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.staticfiles import StaticFiles

from services.ops_console.handlers.acquaintances import Acquaintances
from services.ops_console.handlers.dead_letters import FileDeadLetter
from services.ops_console.handlers.edits import EditDeadLetter
from services.ops_console.handlers.event_log import LogEvents
from services.ops_console.handlers.folding import FoldOldDays
from services.ops_console.handlers.health import LookAtEverything, Probe
from services.ops_console.handlers.importing import ImportCatalogue
from services.ops_console.handlers.keys import CheckKeys
from services.ops_console.handlers.ledger import FindMissing, KeepLedger, SendMissing
from services.ops_console.handlers.login import Authenticate, LogIn
from services.ops_console.handlers.signing import SignWebhook
from services.ops_console.reports import REPORT_SECONDS, ReportLedger
from services.ops_console.routes import (
    branches,
    catalogue,
    checks,
    circuits,
    companies,
    dead_letters,
    events,
    ledger,
    numbers,
    operations,
    orphans,
    records,
)
from services.ops_console.routes.parts import Parts
from services.ops_console.routes.problems import PROBLEMS
from services.ops_console.routes.web import catalogue as web_catalogue
from services.ops_console.routes.web import checks as web_checks
from services.ops_console.routes.web import dead_letters as web_dead_letters
from services.ops_console.routes.web import details, entering, lists, login, missing, overview
from services.ops_console.routes.web import orphans as web_orphans
from services.ops_console.routes.web.security import SecurityHeaders
from services.ops_console.settings import ConsoleSettings
from services.ops_console.store.audit import Audit
from services.ops_console.store.branches import Branches
from services.ops_console.store.catalogue import Catalogue
from services.ops_console.store.checks import Checks
from services.ops_console.store.companies import Companies
from services.ops_console.store.dead_letter_changes import DeadLetterChanges
from services.ops_console.store.dead_letters import DeadLetters
from services.ops_console.store.event_log import EventLog
from services.ops_console.store.events import Events
from services.ops_console.store.filing import Filing
from services.ops_console.store.folding import Folding
from services.ops_console.store.ledger import Ledger
from services.ops_console.store.missing import Missing
from services.ops_console.store.numbers import Numbers
from services.ops_console.store.operators import Operators
from services.ops_console.store.orphans import Orphans
from services.ops_console.store.records import Records
from services.ops_console.store.trunks import Trunks
from shared.clients.providers import Providers
from shared.clients.reachability import reach_http, reach_redis, reach_smtp
from shared.contracts import names
from shared.contracts.calcom import Region
from shared.errors import InfrastructureError
from shared.health.endpoints import health_routes
from shared.health.platform import Platform
from shared.messaging.depths import Depths
from shared.messaging.publisher import Publisher
from shared.messaging.topology import SERVICES_WITH_WORK

NAME = "ops_console"
_API = (
    companies, branches, checks, numbers, catalogue, orphans, events, ledger, dead_letters, circuits,
    operations, records,
)  # fmt: skip
_PAGES = (
    login, overview, missing, lists, web_catalogue, web_orphans, entering, web_dead_letters, web_checks,
    details,
)  # fmt: skip
_STATIC = Path(__file__).with_name("static")
#: One transaction per batch: the log keeps up with ingest while each event waits a few milliseconds.
_LOG_PREFETCH = 200
#: More often than daily: a process that is replaced each day would never fold.
_FOLD_SECONDS = 3600.0


def build(settings: ConsoleSettings) -> tuple[Platform, FastAPI]:
    """Wire the service; nothing connects yet."""
    platform = Platform(NAME, settings)
    _consume(platform)
    app = FastAPIOffline(
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
        static_url="/static/api-docs",
        title="askpro console",
        version="1",
        exception_handlers=PROBLEMS,
    )
    app.state.parts = parts = _parts(platform, settings)
    platform.every("report", REPORT_SECONDS, ReportLedger(parts.ledger, parts.depths))
    if settings.event_retention_days:
        keep = timedelta(days=settings.event_retention_days)
        platform.every("fold", _FOLD_SECONDS, FoldOldDays(Folding(platform.database), keep))
    for part in (*_API, *_PAGES):
        app.include_router(part.router)
    app.mount("/static/htmx", StaticFiles(directory=_htmx()), name="htmx")
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_middleware(SecurityHeaders)
    app.router.routes.extend(health_routes(NAME, platform.readiness))
    return platform, app


def _htmx() -> Path:
    """The folder with htmx's files; the wheel's own code, which needs Django, is not imported."""
    found = find_spec("django_htmx")
    if found is None or found.origin is None:
        raise RuntimeError("django-htmx is not installed; install requirements/runtime.txt")
    return Path(found.origin).parent / "static" / "django_htmx"


def _consume(platform: Platform) -> None:
    def stopping() -> bool:
        return platform.readiness.draining

    log = LogEvents(EventLog(platform.database), stopping)
    platform.consumers.subscribe_raw(names.EVENT_LOG, log, prefetch=_LOG_PREFETCH)
    for service in SERVICES_WITH_WORK:
        queue = names.dead_letters(service)
        file = FileDeadLetter(queue, Filing(platform.database), stopping)
        platform.consumers.subscribe_raw(queue, file)


def _parts(platform: Platform, settings: ConsoleSettings) -> Parts:
    database, lasts = platform.database, timedelta(hours=settings.console_session_hours)
    people, audit, books = Operators(database), Audit(database), Ledger(database)
    letters, changes = DeadLetters(database), DeadLetterChanges(database)
    tenants, entered, listed = Companies(database, platform.vault), Branches(database), Catalogue(database)
    depths, stragglers = _depths(platform, settings), Missing(database)
    keep_ledger, authenticate = KeepLedger(books, depths), Authenticate(people, audit)
    stripe, internal = _revealed(settings.stripe_webhook_secret), _revealed(settings.events_secret)
    return Parts(
        companies=tenants,
        branches=entered,
        checks=Checks(database),
        numbers=Numbers(database),
        trunks=Trunks(database, platform.vault),
        catalogue=listed,
        orphans=Orphans(database),
        events=Events(database),
        dead_letters=letters,
        changes=changes,
        ledger=books,
        records=Records(database),
        operators=people,
        audit=audit,
        depths=depths,
        circuits=platform.circuits,
        acquaintances=Acquaintances(),
        authenticate=authenticate,
        log_in=LogIn(authenticate, people, lasts),
        edit=EditDeadLetter(letters, changes),
        keep_ledger=keep_ledger,
        find_missing=FindMissing(keep_ledger, stragglers),
        send_missing=SendMissing(keep_ledger, stragglers),
        look=LookAtEverything(_probes(platform, settings), depths, books, platform.circuits),
        sign=SignWebhook(tenants, stripe, internal),
        check_keys=_check_keys(platform.providers),
        import_catalogue=ImportCatalogue(entered, listed, tenants),
        ingest_url=settings.ingest_public_url,
        secure=(settings.console_public_url or "").startswith("https://"),
        session_seconds=int(lasts.total_seconds()),
    )


def _depths(platform: Platform, settings: ConsoleSettings) -> Depths:
    management = _revealed(settings.rabbitmq_management_url)
    return Depths(platform.publisher, settings.rabbitmq_url.get_secret_value(), management)


def _check_keys(providers: Providers) -> CheckKeys:
    async def retell(api_key: str, _: Region) -> None:
        await providers.probe_retell(api_key)

    return CheckKeys({"calcom_api_key": providers.probe_calcom, "retell_api_key": retell})


def _probes(platform: Platform, settings: ConsoleSettings) -> dict[str, Probe]:
    probes: dict[str, Probe] = {
        "database": platform.database.ping,
        "broker": partial(_broker_answers, platform.publisher),
    }
    if redis_url := _revealed(settings.redis_url):
        probes["cache"] = partial(reach_redis, redis_url)
    probes |= {name: partial(reach_http, url) for name, url in settings.provider_urls.items()}
    if smtp_url := _revealed(settings.smtp_url):
        probes["mail"] = partial(reach_smtp, smtp_url)
    return probes


async def _broker_answers(publisher: Publisher) -> None:
    if not await publisher.connected():
        raise InfrastructureError("the connection is down", gate="broker")


def _revealed(secret: object) -> str | None:
    get = getattr(secret, "get_secret_value", None)
    return None if get is None else str(get())
