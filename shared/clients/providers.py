"""Typed clients of one process: one pool of connections, one set of circuits and budgets."""

from typing import Final

import httpx

from shared.clients.calcom import Calcom
from shared.clients.retell import Retell
from shared.clients.stripe import Stripe
from shared.contracts.calcom import Region
from shared.resilience.guard import Guards
from shared.resilience.policies import CALCOM_REGIONS, RETELL, RETELL_KEYS, STRIPE

#: The platform's own key, of no company.
STRIPE_CREDENTIAL: Final = "stripe:platform"


class Providers:
    """Makes the client of a company. Clients are cheap and hold no connection of their own."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        guards: Guards,
        *,
        calcom_base_url: str = "https://api.cal.com",
        calcom_eu_base_url: str = "https://api.cal.eu",
        retell_base_url: str = "https://api.retellai.com",
        stripe_base_url: str = "https://api.stripe.com",
    ) -> None:
        self._http = http
        self._guards = guards
        self._calcom: dict[Region, str] = {"default": calcom_base_url, "eu": calcom_eu_base_url}
        self._retell = retell_base_url
        self._stripe = stripe_base_url

    def calcom(self, company_id: str, api_key: str, *, region: Region, voice: bool = False) -> Calcom:
        """``region``: where the company's account is; a key of the other one is refused there.

        ``voice``: a caller is on the line; own time-outs, own circuit, the whole budget.
        """
        uses = CALCOM_REGIONS[region]
        policy = uses.voice if voice else uses.common
        guard = self._guards.guard(policy, credential=f"calcom:{company_id}", company_id=company_id)
        return Calcom(self._http, self._calcom[region], api_key, guard)

    def retell(self, company_id: str, api_key: str) -> Retell:
        """One company's workspace."""
        guard = self._guards.guard(RETELL, credential=f"retell:{company_id}", company_id=company_id)
        return Retell(self._http, self._retell, api_key, guard)

    def stripe(self, api_key: str) -> Stripe:
        """The platform's own account."""
        guard = self._guards.guard(STRIPE, credential=STRIPE_CREDENTIAL)
        return Stripe(self._http, self._stripe, api_key, guard)

    async def probe_calcom(self, api_key: str, region: Region) -> None:
        """Whether that region of Cal.com takes a key that no company has yet.

        It is no credential of ours: a mistyped key opens no circuit against the good one.

        Raises:
            CredentialRejectedError: it does not.
            AskProError: nobody can tell now.
        """
        guard = self._guards.guard(CALCOM_REGIONS[region].keys)
        await Calcom(self._http, self._calcom[region], api_key, guard).me()

    async def probe_retell(self, api_key: str) -> None:
        """As ``probe_calcom``."""
        await Retell(self._http, self._retell, api_key, self._guards.guard(RETELL_KEYS)).key_info()
