"""What the routes of companies and branches are given."""

from dataclasses import dataclass

from services.ops_console.handlers.importing import ImportCatalogue
from services.ops_console.handlers.key_checks import CheckStoredKeys
from services.ops_console.handlers.keys import CheckKeys
from services.ops_console.handlers.signing import SignWebhook
from services.ops_console.store.branches import Branches
from services.ops_console.store.catalogue import Catalogue
from services.ops_console.store.checks import Checks
from services.ops_console.store.companies import Companies
from services.ops_console.store.numbers import Numbers
from services.ops_console.store.orphans import Orphans
from services.ops_console.store.trunks import Trunks


@dataclass(frozen=True)
class TenantParts:
    """For companies and branches.

    ``ingest_url``: where webhooks go.
    """

    companies: Companies
    branches: Branches
    checks: Checks
    numbers: Numbers
    trunks: Trunks
    catalogue: Catalogue
    orphans: Orphans
    sign: SignWebhook
    check_keys: CheckKeys
    check_stored_keys: CheckStoredKeys
    import_catalogue: ImportCatalogue
    ingest_url: str | None
