"""What the routes of health, ledger, queues and circuits are given."""

from dataclasses import dataclass

from services.ops_console.handlers.health import LookAtEverything
from services.ops_console.handlers.ledger import FindMissing, KeepLedger, SendMissing
from services.ops_console.store.ledger import Ledger
from shared.messaging.depths import Depths
from shared.resilience.circuits import Circuits


@dataclass(frozen=True)
class OverviewParts:
    """For health, ledger, queues and circuits."""

    look: LookAtEverything
    ledger: Ledger
    keep_ledger: KeepLedger
    find_missing: FindMissing
    send_missing: SendMissing
    depths: Depths
    circuits: Circuits
