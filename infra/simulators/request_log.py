"""Every request a simulator received, and what it answered."""

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from infra.simulators.store import Store


@dataclass(frozen=True, slots=True)
class Received:
    """One request; `status` is None while it runs, 0 when the connection was reset instead of answered."""

    time: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    key: str | None
    status: int | None = None
    seconds: float = 0.0


class RequestLog:
    """Written when a request arrives and again when it is answered, so that a kill between both shows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, received: Received) -> int:
        return self._store.append("requests", asdict(received))

    def finish(self, number: int, received: Received, status: int) -> None:
        done = replace(received, status=status, seconds=round(time.time() - received.time, 4))
        self._store.amend(number, asdict(done))

    def entries(self, path: str | None, method: str | None, since: int = 0) -> list[dict[str, Any]]:
        return [
            entry
            for entry in self._store.read("requests", since)
            if path in {None, entry["path"]} and (method or entry["method"]).upper() == entry["method"]
        ]

    def clear(self) -> None:
        self._store.forget("requests")
