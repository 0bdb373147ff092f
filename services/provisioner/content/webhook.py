"""What Cal.com should have of a company: one webhook, with its triggers and its secret."""

from dataclasses import dataclass, field

import orjson

from services.provisioner.content.wanted import Addresses
from shared.contracts.calcom import TRIGGERS
from shared.contracts.ids import digest


@dataclass(frozen=True, slots=True)
class WantedWebhook:
    """A company's one webhook. ``account``: the one that should have it."""

    company_id: str
    url: str
    triggers: tuple[str, ...]
    secret: str = field(repr=False)
    account: str = field(repr=False)

    def hash(self) -> str:
        """Of all of it: another account has no such webhook."""
        secrets = digest(self.secret), digest(self.account)
        return digest(orjson.dumps((self.url, self.triggers, secrets)))


def webhook_of(company_id: str, addresses: Addresses, *, secret: str, account: str) -> WantedWebhook:
    """Pure: the same company, addresses, secret and account make the same webhook."""
    return WantedWebhook(company_id, addresses.webhooks("calcom", company_id), TRIGGERS, secret, account)
