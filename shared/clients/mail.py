"""A mail → the mail server. A 4xx is "not now", a 5xx about this mail is for good, all else is an outage."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from shared.errors import AskProError, ProviderRefusedError, RefusedForNowError, TransientError
from shared.resilience.guard import Guard, Guards
from shared.resilience.http import Operation, lost
from shared.resilience.policies import SMTP

_SEND: Final = Operation("smtp.send", idempotent=False)
_PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
#: Below this a code says "try later".
_FOR_GOOD: Final = 500
#: "Service not available": about the server, not about this mail.
_CLOSING: Final = 421
#: Before the server has our whole mail nothing can have been sent.
_NOT_SENT: Final = (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPHeloError, aiosmtplib.SMTPNotSupported)


class InvalidSmtpUrlError(ValueError):
    """SMTP_URL cannot be used; found when the process starts. Never shows the URL: it holds a password."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """``tls``: from the first byte (smtps). ``starttls``: True demanded, None where it is offered."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    starttls: bool | None

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """``smtp://user:pass@host:port``, ``smtps://…`` or ``smtp+starttls://…``.

        Raises:
            InvalidSmtpUrlError: another scheme, no host, no port number.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise InvalidSmtpUrlError("SMTP_URL: host or port cannot be read") from error
        if parts.scheme not in _PORTS or not parts.hostname:
            raise InvalidSmtpUrlError(f"SMTP_URL must begin with {', '.join(_PORTS)} and name a host")
        return cls(
            parts.hostname,
            port or _PORTS[parts.scheme],
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
            starttls=True if parts.scheme == "smtp+starttls" else None,
        )


class Mailer:
    """One mail server. A mail carries its own Message-ID: a repeat is recognisable as one."""

    def __init__(self, server: SmtpServer, guards: Guards) -> None:
        self._server = server
        self._guard: Guard = guards.guard(SMTP)

    async def send(self, message: EmailMessage) -> None:
        """Hand ``message`` over; who sends and who receives is read from its headers.

        Raises:
            ProviderRefusedError: the server will never take this mail.
            RefusedForNowError: it may take it later (greylisting, full mailbox).
            UnknownOutcomeError: the connection was lost, it may be on its way.
            DependencyOpenError: the server has been away; nothing was sent.
        """
        if not message["Message-ID"]:
            raise ValueError("a mail needs a Message-ID: without one a repeat is a second mail")
        await self._guard.run(_SEND, lambda: self._send(message))

    async def _send(self, message: EmailMessage) -> None:
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.tls,
                # A session that is encrypted already cannot be upgraded.
                start_tls=False if server.tls else server.starttls,
                timeout=SMTP.connect * 2,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise from_smtp(error) from error


def from_smtp(error: Exception) -> AskProError:
    """What an exception of aiosmtplib means."""
    text = f"{_SEND.name}: {type(error).__name__} {error}"[:500]
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            # Our own login: no fault of this mail, which waits until somebody has mended it.
            return TransientError(text)
        case aiosmtplib.SMTPRecipientsRefused(recipients=[first, *_]):
            return from_smtp(first)
        case _ if isinstance(error, _NOT_SENT) or getattr(error, "code", None) == _CLOSING:
            return TransientError(text)
        case aiosmtplib.SMTPResponseException(code=code) if code >= _FOR_GOOD:
            return ProviderRefusedError(text, status=code, detail=error.message)
        case aiosmtplib.SMTPResponseException():
            return RefusedForNowError(text)
        case _:
            return lost(text, _SEND)
