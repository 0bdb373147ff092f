"""What the routes of health, ledger, queues and circuits are given."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from services.ops_console.handlers.circuits import SwitchCircuit, WatchCircuits
from services.ops_console.handlers.glance import Glance
from services.ops_console.handlers.health import LookAtEverything
from services.ops_console.handlers.ledger import FindMissing, KeepLedger, SendMissing
from services.ops_console.handlers.objectives import Score
from services.ops_console.handlers.overview import OverviewView
from services.ops_console.handlers.queues import PauseQueue, WatchQueues
from services.ops_console.store.ledger import Ledger
from services.ops_console.store.samples import Samples
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
    overview: Glance[OverviewView]
    scores: Callable[[], Awaitable[Mapping[str, Score]]]
    samples: Samples
    watch_circuits: WatchCircuits
    switch_circuit: SwitchCircuit
    watch_queues: WatchQueues
    pause_queue: PauseQueue
