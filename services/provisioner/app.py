"""The map of the provisioner: which event runs which handler, and what it is made of."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

from starlette.applications import Starlette

from services.provisioner.content import Addresses
from services.provisioner.handlers import (
    CheckBranch,
    DeprovisionBranch,
    FindOrphans,
    GiveUpBranch,
    KeepWebhooks,
    ListOrphans,
    Look,
    ProvisionBranch,
    ReachTarget,
    RefreshBranch,
    RefreshBranches,
    RefreshOld,
    Rehearsal,
    RemoveOrphan,
    RotateSecret,
    SetUp,
    TakeDown,
    versioned,
)
from services.provisioner.reports import report_orphans, report_unread_orphans, report_webhook
from services.provisioner.settings import Settings
from services.provisioner.store import (
    Branches,
    Checks,
    Companies,
    GivenUp,
    Leases,
    Orphans,
    Profiles,
    Provisionings,
    Registrations,
    Steps,
    Trunks,
)
from shared.clients.providers import Providers
from shared.contracts import names
from shared.contracts.events import (
    BranchCheckRequested,
    BranchCreated,
    BranchDeleted,
    BranchRefreshRequested,
    BranchUpdated,
    CatalogueChanged,
    CompanyResumed,
    CompanySuspended,
    DeadLetterRecorded,
    OrphanRemovalRequested,
    WebhookRotationRequested,
)
from shared.db.engine import Database
from shared.db.vault import Vault
from shared.health.endpoints import health_routes
from shared.health.platform import Platform
from shared.messaging.consumers import On
from shared.resilience.policies import CALCOM, RETELL

NAME: Final = "provisioner"
#: Outlives the longest call to a provider by 10 s: whoever takes over does not meet a call still in flight.
LEASE_SECONDS: Final = max(RETELL.deadline, CALCOM.deadline) + 10.0
#: A provisioning is some 12 calls of one company's keys; more branches at once only wait for each other.
_PREFETCH: Final = 8
#: A webhook that somebody switched off costs what the repair has to find; one call per company and turn.
WEBHOOK_SECONDS: Final = 600.0
#: How often a turn is looked for: companies that came together do not stay together.
_TURN_SECONDS: Final = 15.0
#: What nobody knows harms nobody; it costs money and keeps personal data. Four lists of a company's budget.
_ORPHAN_SECONDS: Final = 3600.0
#: How often a company's hour is looked for; the count that is scraped is as old.
_ORPHAN_TURN_SECONDS: Final = 60.0

#: 50 branches every ten minutes: at the beginning of a quarter 1,000 are through in three hours.
_SEASON_SECONDS: Final = 600.0
_USUAL_REHEARSAL: Final = Rehearsal()


def _today() -> date:
    return datetime.now(UTC).date()


def build(settings: Settings) -> tuple[Platform, Starlette]:
    """Wire the service; nothing connects yet."""
    platform = Platform(NAME, settings)
    addresses = Addresses(settings.ingest_public_url, settings.voice_tools_public_url)
    rehearsal = Rehearsal(settings.conversations_required, settings.conversations_poll_seconds)
    table = subscriptions(
        platform.database, platform.vault, platform.providers, addresses, rehearsal=rehearsal
    )
    platform.every("keep webhooks", _TURN_SECONDS, _keeper(platform, addresses))
    platform.every("list orphans", _ORPHAN_TURN_SECONDS, _lister(platform, addresses))
    platform.subscribe({names.PROVISIONER_BRANCHES: table}, prefetch=_PREFETCH)
    platform.every("season", _SEASON_SECONDS, RefreshOld(Branches(platform.database), _today))
    return platform, Starlette(routes=health_routes(NAME, platform.readiness))


def _keeper(platform: Platform, addresses: Addresses) -> KeepWebhooks:
    """The regular look at what providers tell nobody."""
    database = platform.database
    return KeepWebhooks(
        Registrations(database),
        Companies(database, platform.vault),
        platform.providers,
        addresses,
        report_webhook,
        WEBHOOK_SECONDS,
    )


def _lister(platform: Platform, addresses: Addresses) -> ListOrphans:
    """The regular look at what is left over."""
    database = platform.database
    orphans, companies = Orphans(database), Companies(database, platform.vault)
    find = FindOrphans(orphans, companies, platform.providers, addresses)
    return ListOrphans(orphans, find, report_unread_orphans, report_orphans, _ORPHAN_SECONDS)


def subscriptions(
    database: Database,
    vault: Vault,
    providers: Providers,
    addresses: Addresses,
    *,
    lease_seconds: float = LEASE_SECONDS,
    today: Callable[[], date] = _today,
    rehearsal: Rehearsal = _USUAL_REHEARSAL,
) -> tuple[On, ...]:
    """The table of the work queue: which event runs which handler."""
    branches, provisionings = Branches(database), Provisionings(database)
    registrations = Registrations(database)
    companies, profiles, trunks = Companies(database, vault), Profiles(database), Trunks(database, vault)
    set_up = SetUp(
        branches, companies, profiles, trunks, provisionings, Steps(database, provisionings), registrations,
        providers, addresses, today, rehearsal,
    )  # fmt: skip
    checks = Checks(database)
    looking = Look(companies, profiles, trunks, checks, providers, addresses, today)
    leases = Leases(database, seconds=lease_seconds)
    reach = ReachTarget(branches, leases, provisionings, set_up, TakeDown(set_up))
    provision, deprovision = ProvisionBranch(branches, reach), DeprovisionBranch(branches, reach)
    orphans = Orphans(database)
    find = FindOrphans(orphans, companies, providers, addresses)
    remove = RemoveOrphan(orphans, find, branches, leases)
    give_up = GiveUpBranch(names.PROVISIONER_BRANCHES, branches, leases, GivenUp(database, provisionings))
    return (
        On(BranchCreated.type, versioned(BranchCreated, provision)),
        On(BranchUpdated.type, versioned(BranchUpdated, provision)),
        On(BranchDeleted.type, versioned(BranchDeleted, deprovision)),
        On(BranchRefreshRequested, RefreshBranch(reach)),
        On(BranchCheckRequested, CheckBranch(branches, looking, checks, rehearsal)),
        On(CompanySuspended, RefreshBranches(branches)),
        On(CompanyResumed, RefreshBranches(branches)),
        On(CatalogueChanged, RefreshBranches(branches)),
        On(WebhookRotationRequested, RotateSecret(companies, registrations, providers, addresses)),
        On(OrphanRemovalRequested, remove),
        On(DeadLetterRecorded, give_up),
    )
