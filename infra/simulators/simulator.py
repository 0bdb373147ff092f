"""What every simulated provider is made of."""

from dataclasses import dataclass, field
from pathlib import Path

from infra.simulators.background import Background
from infra.simulators.clock import Clock
from infra.simulators.delivery import Sender
from infra.simulators.faults import Faults
from infra.simulators.request_log import RequestLog
from infra.simulators.store import Document, Store


@dataclass(slots=True)
class Simulator:
    """The state and the tools of one provider; `defaults` are its settings until control changes them."""

    name: str
    defaults: Document
    store: Store
    clock: Clock = field(init=False)
    faults: Faults = field(init=False)
    requests: RequestLog = field(init=False)
    sender: Sender = field(init=False)
    background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        self.clock = Clock(self.store)
        self.faults = Faults(self.store)
        self.requests = RequestLog(self.store)
        self.sender = Sender(self.store, self.faults, self.background)

    @property
    def settings(self) -> Document:
        return {**self.defaults, **(self.store.get("settings", "settings") or {})}

    def configure(self, changes: Document) -> Document:
        """Raises KeyError for a setting that this provider does not have."""
        if unknown := set(changes) - set(self.defaults):
            raise KeyError(", ".join(sorted(unknown)))
        self.store.put("settings", "settings", {**(self.store.get("settings", "settings") or {}), **changes})
        return self.settings

    async def reset(self) -> None:
        """Ends what still runs, then forgets everything."""
        await self.background.cancel()
        self.store.clear()

    async def close(self) -> None:
        """Ends what still runs; the state stays on disk."""
        await self.background.cancel()
        await self.sender.close()
        self.store.close()


def open_simulator(name: str, defaults: Document, folder: Path | None) -> Simulator:
    """State in `<folder>/<name>.sqlite3`; without a folder it ends with the process."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return Simulator(name, defaults, Store(folder / f"{name}.sqlite3" if folder else None))
