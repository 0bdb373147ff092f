"""The notifier's environment."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from shared.clients.mail import SmtpServer
from shared.contracts.targets import NotifyUrls
from shared.settings import BaseUrl, ServiceSettings


class Settings(ServiceSettings):
    """``smtp_url``: ``smtp://user:password@host:port`` (``smtps://`` for TLS from the start).

    ``notify_urls``: where operators are told, and the SMS gateway; comma-separated entries ``chat=URL``
    (or a bare URL), ``mail=ADDRESS`` and ``sms=URL``, see ``shared/contracts/targets.py``.
    ``booking_email_domain``: where made-up booking addresses live, to which no mail is sent. ``mail_from``:
    the sender's address, by default ``no-reply@`` that domain. ``notify_language``: the operators' language.
    """

    smtp_url: SecretStr
    notify_urls: NotifyUrls = SecretStr("")
    booking_email_domain: str = Field(min_length=3)
    mail_from: str | None = None
    notify_language: Literal["de", "en"] = "de"
    console_public_url: BaseUrl | None = None

    @field_validator("smtp_url")
    @classmethod
    def _server(cls, value: SecretStr) -> SecretStr:
        SmtpServer.parse(value.get_secret_value())
        return value

    @property
    def sender(self) -> str:
        """The address mails come from."""
        return self.mail_from or f"no-reply@{self.booking_email_domain}"
