"""What was changed about our webhooks at Cal.com is found, put right and counted: nobody tells us there."""

from dataclasses import dataclass
from typing import Protocol

from services.provisioner.content import Addresses, WantedWebhook, webhook_of
from services.provisioner.handlers.lookup import delete_known
from services.provisioner.handlers.rounds import each_of
from services.provisioner.store import Companies, Registrations
from shared.clients.calcom import Calcom, Webhook
from shared.clients.providers import Providers
from shared.errors import AskProError


class Report(Protocol):
    """Where it is said what had drifted, and what could not be looked at."""

    def __call__(
        self, company_id: str, *, drifts: tuple[str, ...] = (), error: Exception | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class _Look:
    wanted: WantedWebhook
    found: Webhook | None

    @property
    def drifts(self) -> tuple[str, ...]:
        if self.found is None:
            return ("missing",)
        return self.found.drifts(self.wanted.triggers, self.wanted.secret)


@dataclass(frozen=True, slots=True)
class KeepWebhooks:
    """One round over the companies whose turn it is, each every ``every`` seconds."""

    registrations: Registrations
    companies: Companies
    providers: Providers
    addresses: Addresses
    report: Report
    every: float

    async def __call__(self) -> None:
        """One that cannot be looked at is reported and holds up no other.

        Raises:
            Exception: a bug or the database, after everybody had their turn.
        """
        await self.companies.forget_replaced()
        claimed = await self.registrations.claim(self.addresses.webhooks("calcom", ""), self.every)
        await each_of(claimed, self._one)

    async def _one(self, company_id: str) -> None:
        try:
            drifts = await self._keep(company_id)
        except AskProError as error:
            await self.registrations.miss(company_id, str(error))
            self.report(company_id, error=error)
        else:
            self.report(company_id, drifts=drifts)

    async def _keep(self, company_id: str) -> tuple[str, ...]:
        keys = await self.companies.keys(company_id)
        calcom = self.providers.calcom(company_id, keys.for_calcom(), region=keys.region)
        look = await self._look(calcom, company_id, keys.account)
        if look.drifts:
            # Again: a rotation may have come between Cal.com's answer and the secret that we hold it against.
            look = await self._look(calcom, company_id, keys.account)
        found = await self._mended(calcom, look)
        if found is not None:
            await self.registrations.keep(look.wanted, found.id, look.drifts)
        return look.drifts if found is not None else ()

    async def _look(self, calcom: Calcom, company_id: str, account: str) -> _Look:
        found = await calcom.find_webhook(self.addresses.webhooks("calcom", company_id))
        # Read after the look: the next secret is kept before Cal.com is told it.
        secrets = await self.companies.secrets(company_id)
        secret = secrets.as_told(found.secret if found else None)
        return _Look(webhook_of(company_id, self.addresses, secret=secret, account=account), found)

    async def _mended(self, calcom: Calcom, look: _Look) -> Webhook | None:
        """The webhook as it is wanted; None where the company's last branch has gone meanwhile."""
        wanted = look.wanted
        if not look.drifts:
            return look.found
        if not await self.registrations.is_wanted(wanted.company_id):
            return None
        webhook = await calcom.ensure_webhook(wanted.url, wanted.triggers, wanted.secret)
        if await self.registrations.is_wanted(wanted.company_id):
            return webhook
        # Whoever took the last branch down may have looked before it was made.
        await delete_known(calcom.delete_webhook(webhook.id))
        return None
