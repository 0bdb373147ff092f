"""The simulator's own clock: the real one, moved by a test."""

import time
from datetime import UTC, datetime

from infra.simulators.store import Store


class Clock:
    """Ticks like the real clock; `set` moves it, and the offset survives a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def timestamp(self) -> float:
        """Unix seconds."""
        offset = (self._store.get("clock", "clock") or {"offset": 0.0})["offset"]
        return time.time() + float(offset)

    def milliseconds(self) -> int:
        return int(self.timestamp() * 1000)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def set(self, now: datetime | None) -> None:
        """None: back to the real time."""
        offset = 0.0 if now is None else now.timestamp() - time.time()
        self._store.put("clock", "clock", {"offset": offset})
