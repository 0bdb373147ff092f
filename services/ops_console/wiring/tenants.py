"""Companies and branches: entered, checked, and what the providers hold of them."""

from services.ops_console.handlers.importing import ImportCatalogue
from services.ops_console.handlers.key_checks import CheckStoredKeys
from services.ops_console.handlers.keys import CheckKeys, Probe
from services.ops_console.handlers.signing import SignWebhook
from services.ops_console.routes import branches, catalogue, checks, companies, numbers, orphans
from services.ops_console.routes.parts.tenants import TenantParts
from services.ops_console.routes.web import catalogue as web_catalogue
from services.ops_console.routes.web import checks as web_checks
from services.ops_console.routes.web import companies as web_companies
from services.ops_console.routes.web import company as web_company
from services.ops_console.routes.web import details, entering
from services.ops_console.routes.web import orphans as web_orphans
from services.ops_console.settings import ConsoleSettings, revealed
from services.ops_console.store.branches import Branches
from services.ops_console.store.catalogue import Catalogue
from services.ops_console.store.checks import Checks
from services.ops_console.store.companies import Companies
from services.ops_console.store.numbers import Numbers
from services.ops_console.store.orphans import Orphans
from services.ops_console.store.trunks import Trunks
from shared.clients.providers import Providers
from shared.contracts.calcom import Region
from shared.health.platform import Platform

ROUTES = (
    companies, branches, checks, numbers, catalogue, orphans,
    web_companies, web_company, web_catalogue, web_orphans, entering, web_checks, details,
)  # fmt: skip


def wire(platform: Platform, settings: ConsoleSettings) -> TenantParts:
    """Everything a tenant has."""
    database = platform.database
    companies_, branches_ = Companies(database, platform.vault), Branches(database)
    catalogue_ = Catalogue(database)
    probes = _probes(platform.providers)
    stripe, internal = revealed(settings.stripe_webhook_secret), revealed(settings.events_secret)
    return TenantParts(
        companies=companies_,
        branches=branches_,
        checks=Checks(database),
        numbers=Numbers(database),
        trunks=Trunks(database, platform.vault),
        catalogue=catalogue_,
        orphans=Orphans(database),
        sign=SignWebhook(companies_, stripe, internal),
        check_keys=CheckKeys(probes),
        check_stored_keys=CheckStoredKeys(probes, companies_),
        import_catalogue=ImportCatalogue(branches_, catalogue_, companies_),
        ingest_url=settings.ingest_public_url,
    )


def _probes(providers: Providers) -> dict[str, Probe]:
    async def retell(api_key: str, _: Region) -> None:
        await providers.probe_retell(api_key)

    return {"calcom_api_key": providers.probe_calcom, "retell_api_key": retell}
