"""Faults that a test or a person switches on: route and kind in, what is due for one request out."""

import random
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from infra.simulators.fault_rules import check_fault
from infra.simulators.store import Store


class FaultKind(StrEnum):
    """What goes wrong; the first six to requests, the last three to webhooks going out."""

    LATENCY = "latency"
    STATUS = "status"
    RESET = "reset"
    LOST_ANSWER = "lost_answer"
    LATE_ANSWER = "late_answer"
    RATE_LIMIT = "rate_limit"
    DROP_WEBHOOK = "drop_webhook"
    DUPLICATE_WEBHOOK = "duplicate_webhook"
    REORDER_WEBHOOK = "reorder_webhook"


OUTGOING = frozenset({FaultKind.DROP_WEBHOOK, FaultKind.DUPLICATE_WEBHOOK, FaultKind.REORDER_WEBHOOK})
INCOMING = frozenset(FaultKind) - OUTGOING


@dataclass(frozen=True, slots=True)
class Fault:
    """One switched-on fault.

    `route` is "METHOD /path" (webhooks: the event's name, or "POST /path" of the receiver); `*` stands for
    anything and `{name}` for one path segment. `times` of None lasts until removed, `after` lets that many
    matching requests pass first, `probability` is drawn for each one, `seconds` is the latency (or how long
    an answer is kept, or a reordered webhook held back at most), `retry_after` of None sends no Retry-After.
    """

    id: str
    route: str
    kind: FaultKind
    status: int = 503
    seconds: float = 1.0
    retry_after: float | None = None
    times: int | None = None
    probability: float = 1.0
    after: int = 0

    def matches(self, target: str) -> bool:
        return _pattern(self.route).fullmatch(target) is not None


def _pattern(route: str) -> re.Pattern[str]:
    escaped = re.escape(route).replace(r"\*", ".*")
    return re.compile(re.sub(r"\\\{[^/{}]+\\\}", "[^/]+", escaped))


def _fault(document: dict[str, Any]) -> Fault:
    return Fault(**{**document, "kind": FaultKind(document["kind"])})


class Faults:
    """The switched-on faults of one simulator; they survive a restart, with their counts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, specification: Any) -> Fault:
        """Raises TypeError or ValueError, in words for a person, for what is no fault."""
        check_fault(specification, INCOMING, tuple(FaultKind))
        number = str(self._store.next_number("faults"))
        fault = _fault({**specification, "id": number})
        self._store.put("faults", fault.id, asdict(fault))
        return fault

    def all(self) -> list[Fault]:
        return [_fault(document) for document in self._store.all("faults")]

    def remove(self, fault_id: str) -> None:
        self._store.delete("faults", fault_id)

    def clear(self) -> None:
        self._store.save([("faults", fault.id, None) for fault in self.all()])

    def due(self, targets: Collection[str], kinds: Collection[FaultKind]) -> list[Fault]:
        """The faults that hit this request, each counted as used."""
        return [
            fault
            for fault in self.all()
            if fault.kind in kinds and any(map(fault.matches, targets)) and self._strikes(fault)
        ]

    def _strikes(self, fault: Fault) -> bool:
        if fault.after > 0:
            self._store.put("faults", fault.id, {**asdict(fault), "after": fault.after - 1})
            return False
        # Chance decides which request fails, nothing secret hangs on it.
        if fault.probability < 1.0 and random.random() >= fault.probability:  # noqa: S311
            return False
        self._use(fault)
        return True

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        left = {**asdict(fault), "times": fault.times - 1}
        self._store.save([("faults", fault.id, left if fault.times > 1 else None)])
