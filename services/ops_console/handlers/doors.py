"""Open circuits → where nothing is sent: a queue whose dependency is away, a company whose key is refused."""

from collections.abc import Collection, Iterable, Iterator

from services.ops_console.store.operation_steps import Doors
from shared.contracts.names import PAUSES, pause_of
from shared.contracts.needs import needs_of


def doors_of(circuits: Iterable[str], queues: Collection[str]) -> Doors:
    """Which of ``queues`` are shut by open ``circuits``, as a whole or for one company."""
    shut: set[str] = set()
    companies: set[tuple[str, str]] = set()
    for circuit, queue in behind(circuits, queues):
        _, _, company = circuit.partition(":")
        if company and not circuit.startswith(PAUSES):
            companies.add((queue, company))
        else:
            shut.add(queue)
    return Doors(tuple(sorted(shut)), tuple(sorted(companies)))


def behind(circuits: Iterable[str], queues: Collection[str]) -> Iterator[tuple[str, str]]:
    """(circuit, queue) of each that stands before one of ``queues``."""
    for circuit in circuits:
        for queue in queues:
            if circuit == pause_of(queue) or circuit.split(":", 1)[0] in needs_of(queue):
                yield circuit, queue
