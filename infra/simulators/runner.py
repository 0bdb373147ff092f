"""All simulators in one event loop: ports and a folder in, base URLs out."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from starlette.types import ASGIApp

from infra.simulators.calcom.app import calcom_app, open_calcom
from infra.simulators.inbox.app import chat_app, mailbox_app, open_chat, open_mailbox, open_sms, sms_app
from infra.simulators.inbox.smtp import SmtpServer
from infra.simulators.retell.app import open_retell, retell_app
from infra.simulators.server import HttpServer
from infra.simulators.simulator import Simulator
from infra.simulators.stripe.app import open_stripe, stripe_app

Opening: TypeAlias = Callable[[Path | None], Simulator]
Building: TypeAlias = Callable[[Simulator], ASGIApp]

_PROVIDERS: dict[str, tuple[Opening, Building]] = {
    "calcom": (open_calcom, calcom_app),
    "retell": (open_retell, retell_app),
    "stripe": (open_stripe, stripe_app),
    "mailbox": (open_mailbox, mailbox_app),
    "chat": (open_chat, chat_app),
    "sms": (open_sms, sms_app),
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
        self._smtp: SmtpServer | None = None

    async def __aenter__(self) -> Self:
        for name, (opening, building) in _PROVIDERS.items():
            simulator = self._simulators[name] = opening(self.state)
            self._servers[name] = HttpServer(building(simulator), self.host, getattr(self.ports, name))
        self._smtp = SmtpServer(self._simulators["mailbox"], self.host, self.ports.smtp)
        await asyncio.gather(self._smtp.start(), *(server.start() for server in self._servers.values()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(server.stop() for server in self._servers.values()))
        if self._smtp is not None:
            await self._smtp.stop()
        for simulator in self._simulators.values():
            await simulator.close()

    def root(self, name: str) -> str:
        """`http://host:port` of one provider, mailbox, chat or sms; control is under `/_control`."""
        return self._servers[name].url

    @property
    def calcom_url(self) -> str:
        """For CALCOM_BASE_URL; paths begin with /v2."""
        return self.root("calcom")

    @property
    def retell_url(self) -> str:
        """For RETELL_BASE_URL."""
        return self.root("retell")

    @property
    def stripe_url(self) -> str:
        """For STRIPE_BASE_URL; paths begin with /v1."""
        return self.root("stripe")

    @property
    def smtp_url(self) -> str:
        """`smtp://host:port`, for SMTP_URL."""
        assert self._smtp is not None  # noqa: S101 - started on entry
        return f"smtp://{self.host}:{self._smtp.port}"

    @property
    def chat_url(self) -> str:
        """A Slack-compatible hook; any other name after /hooks/ works too."""
        return self.root("chat") + "/hooks/owner"

    @property
    def sms_url(self) -> str:
        """Where Apprise's `json://` posts."""
        return self.root("sms") + "/messages"

    def urls(self) -> dict[str, str]:
        """Every address by name."""
        return {
            "retell": self.retell_url,
            "calcom": self.calcom_url,
            "stripe": self.stripe_url,
            "mailbox": self.root("mailbox"),
            "smtp": self.smtp_url,
            "chat": self.chat_url,
            "sms": self.sms_url,
        }
