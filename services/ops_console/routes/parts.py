"""What the routes are given by ``app.build``: stores to read, handlers to act."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from services.ops_console.handlers.acquaintances import Acquaintances
from services.ops_console.handlers.edits import EditDeadLetter
from services.ops_console.handlers.health import LookAtEverything
from services.ops_console.handlers.importing import ImportCatalogue
from services.ops_console.handlers.keys import CheckKeys
from services.ops_console.handlers.ledger import FindMissing, KeepLedger, SendMissing
from services.ops_console.handlers.login import Authenticate, LogIn
from services.ops_console.handlers.signing import SignWebhook
from services.ops_console.store.audit import Audit
from services.ops_console.store.branches import Branches
from services.ops_console.store.catalogue import Catalogue
from services.ops_console.store.checks import Checks
from services.ops_console.store.companies import Companies
from services.ops_console.store.dead_letter_changes import DeadLetterChanges
from services.ops_console.store.dead_letters import DeadLetters
from services.ops_console.store.events import Events
from services.ops_console.store.ledger import Ledger
from services.ops_console.store.numbers import Numbers
from services.ops_console.store.operators import Operators
from services.ops_console.store.orphans import Orphans
from services.ops_console.store.records import Records
from services.ops_console.store.trunks import Trunks
from shared.messaging.depths import Depths
from shared.resilience.circuits import Circuits


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each. ``ingest_url``: where webhooks go; ``secure``: cookies are for https alone."""

    companies: Companies
    branches: Branches
    checks: Checks
    numbers: Numbers
    trunks: Trunks
    catalogue: Catalogue
    orphans: Orphans
    events: Events
    dead_letters: DeadLetters
    changes: DeadLetterChanges
    ledger: Ledger
    records: Records
    operators: Operators
    audit: Audit
    depths: Depths
    circuits: Circuits
    acquaintances: Acquaintances
    authenticate: Authenticate
    log_in: LogIn
    edit: EditDeadLetter
    keep_ledger: KeepLedger
    find_missing: FindMissing
    send_missing: SendMissing
    look: LookAtEverything
    sign: SignWebhook
    check_keys: CheckKeys
    import_catalogue: ImportCatalogue
    ingest_url: str | None
    secure: bool
    session_seconds: int


def parts_of(request: Request) -> Parts:
    """Those of this application."""
    return cast("Parts", request.app.state.parts)


Given = Annotated[Parts, Depends(parts_of)]
