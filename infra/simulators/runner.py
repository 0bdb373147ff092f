"""All simulators in one event loop: ports and a folder in, base URLs out."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from starlette.types import ASGIApp

from infra.simulators.calcom.app import calcom_app, open_calcom
from infra.simulators.retell.app import open_retell, retell_app
from infra.simulators.server import HttpServer
from infra.simulators.simulator import Simulator

Opening: TypeAlias = Callable[[Path | None], Simulator]
Building: TypeAlias = Callable[[Simulator], ASGIApp]

_PROVIDERS: dict[str, tuple[Opening, Building]] = {
    "calcom": (open_calcom, calcom_app),
    "retell": (open_retell, retell_app),
}


@dataclass(frozen=True, slots=True)
class Ports:
    """0 takes a free port."""

    retell: int = 0
    calcom: int = 0
    stripe: int = 0
    mailbox: int = 0
    smtp: int = 0
    chat: int = 0
    sms: int = 0


@dataclass
class Simulators:
    """Async context manager: every simulator runs inside it, in the loop that entered it."""

    host: str = "127.0.0.1"
    ports: Ports = field(default_factory=Ports)
    state: Path | None = None

    def __post_init__(self) -> None:
        self._simulators: dict[str, Simulator] = {}
        self._servers: dict[str, HttpServer] = {}

    async def __aenter__(self) -> Self:
        for name, (opening, building) in _PROVIDERS.items():
            simulator = self._simulators[name] = opening(self.state)
            self._servers[name] = HttpServer(building(simulator), self.host, getattr(self.ports, name))
        await asyncio.gather(*(server.start() for server in self._servers.values()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(server.stop() for server in self._servers.values()))
        for simulator in self._simulators.values():
            await simulator.close()

    @property
    def calcom_url(self) -> str:
        """What CALCOM_BASE_URL is at the real provider: it ends with /v2."""
        return self._servers["calcom"].url + "/v2"

    @property
    def retell_url(self) -> str:
        """What RETELL_BASE_URL is at the real provider."""
        return self._servers["retell"].url
