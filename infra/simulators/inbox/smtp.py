"""The SMTP server: each command may meet a fault, a mail that was answered 250 is in the mailbox."""

import asyncio
from typing import Any

from aiosmtpd.smtp import MISSING, SMTP, Envelope, Session

from infra.simulators.faults import INCOMING, FaultKind
from infra.simulators.gateway import reset_connection
from infra.simulators.inbox.mail import read_mail
from infra.simulators.inbox.messages import keep
from infra.simulators.server import listen
from infra.simulators.simulator import Simulator

_SIZE_LIMIT = 33_554_432
_OK = "250 OK"


class _Handler:
    """aiosmtpd's hooks; routes of faults: `SMTP /ehlo`, `/mail/<address>`, `/rcpt/<address>`, `/data`."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def handle_EHLO(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        refusal = await self._fault(server, "/ehlo")
        return [refusal] if refusal else responses

    async def handle_MAIL(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := await self._fault(server, f"/mail/{address}"):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return _OK

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := await self._fault(server, f"/rcpt/{address}"):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return _OK

    async def handle_DATA(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if refusal := await self._fault(server, "/data"):
            return refusal
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        message = keep(self._simulator, read_mail(envelope.mail_from, envelope.rcpt_tos, raw))
        lost = self._simulator.faults.due({"SMTP /data"}, {FaultKind.LOST_ANSWER})
        if lost:
            await self._drop(server)
        return f"250 2.0.0 OK: queued as {message['id']}"

    async def handle_AUTH(self, server: SMTP, session: Session, envelope: Envelope, args: list[str]) -> Any:  # noqa: N802 - named by aiosmtpd
        """Left to aiosmtpd's own mechanisms, unless a fault is on."""
        return await self._fault(server, "/auth") or MISSING

    async def _fault(self, server: SMTP, path: str) -> str | None:
        """The refusal to answer with, or None; a reset ends the connection."""
        kinds = INCOMING - {FaultKind.LOST_ANSWER}
        for fault in self._simulator.faults.due({f"SMTP {path}"}, kinds):
            if fault.kind is FaultKind.LATENCY:
                await asyncio.sleep(fault.seconds)
            if fault.kind is FaultKind.RESET:
                await self._drop(server)
            if fault.kind is FaultKind.STATUS:
                return f"{fault.status} {fault.status // 100}.3.0 Refused by control"
            if fault.kind is FaultKind.RATE_LIMIT:
                return "421 4.7.0 Too many messages, slow down"
        return None

    async def _drop(self, server: SMTP) -> None:
        transport = server.transport
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a command came over it
        await reset_connection(transport)


class SmtpServer:
    """One SMTP server in the running loop."""

    def __init__(self, simulator: Simulator, host: str, port: int) -> None:
        self._simulator = simulator
        self._socket = listen(host, port)
        self.host = host
        self.port = int(self._socket.getsockname()[1])
        self._server: asyncio.Server | None = None

    def _connection(self) -> SMTP:
        return SMTP(
            _Handler(self._simulator),
            data_size_limit=_SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname="mailbox.localhost",
            # One machine, no certificate: a login is accepted without TLS.
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    async def start(self) -> None:
        """Accepts connections when this returns."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, sock=self._socket)

    async def stop(self) -> None:
        """Open connections are dropped by their clients."""
        if self._server is not None:
            self._server.close()
