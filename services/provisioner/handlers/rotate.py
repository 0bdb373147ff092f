"""webhook.rotation_requested → Cal.com signs with the next secret, which is the current one from then on."""

from dataclasses import dataclass

from services.provisioner.content import Addresses, webhook_of
from services.provisioner.store import Companies, Registrations
from shared.clients.providers import Providers
from shared.contracts.events import WebhookRotationRequested
from shared.errors import TransientError


@dataclass(frozen=True, slots=True)
class RotateSecret:
    """Runs once every ingest accepts the next secret: both are good all the while, wherever it is cut off."""

    companies: Companies
    registrations: Registrations
    providers: Providers
    addresses: Addresses

    async def __call__(self, event: WebhookRotationRequested) -> None:
        """Raises MissingKeyError; TransientError where Cal.com does not have it yet. Idempotent."""
        following = (await self.companies.secrets(event.company_id)).following
        if following is None:
            return
        if await self.registrations.is_wanted(event.company_id):
            await self._tell(event.company_id, following)
        await self.companies.promote(event.company_id, following)

    async def _tell(self, company_id: str, secret: str) -> None:
        keys = await self.companies.keys(company_id)
        calcom = self.providers.calcom(company_id, keys.for_calcom(), region=keys.region)
        wanted = webhook_of(company_id, self.addresses, secret=secret, account=keys.account)
        webhook = await calcom.ensure_webhook(wanted.url, wanted.triggers, wanted.secret)
        # Read back: the one before goes by what Cal.com has, not by what it answered.
        found = await calcom.find_webhook(wanted.url)
        if found is None or found.drifts(wanted.triggers, wanted.secret):
            raise TransientError(f"Cal.com's webhook {webhook.id} is not as it was told to be")
        await self.registrations.remember(wanted, webhook.id)
