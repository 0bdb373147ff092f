"""Who may ask: Retell, with the key of the company in the path."""

import time
from dataclasses import dataclass
from typing import Protocol

from services.voice_tools.values import RefusedError
from shared.clients.signatures import SignatureError, verify_retell
from shared.contracts.branch import Branch
from shared.db.credentials import CompanyCredentials


class Companies(Protocol):
    """Companies and their keys."""

    async def of(self, company_id: str) -> CompanyCredentials | None:
        """None for a company that does not exist."""
        ...


class Branches(Protocol):
    """Branches by what a call shows of them."""

    async def of(self, company_id: str, agent_id: str | None, to_number: str | None) -> Branch | None: ...


@dataclass(frozen=True, slots=True)
class Admit:
    """The signature is over the raw body and five minutes good."""

    companies: Companies

    async def __call__(self, company_id: str, raw: bytes, signature: str | None) -> CompanyCredentials:
        """The company.

        Raises:
            RefusedError: 404 unknown company, 401 bad, missing or stale signature.
            InfrastructureError: the database is away and the company is not known here.
        """
        company = await self.companies.of(company_id)
        if company is None:
            raise RefusedError(404, "No company has this id; the URL names the company's id.")
        try:
            verify_retell(raw, signature, company.retell_api_key or "", time.time_ns() // 1_000_000)
        except SignatureError as error:
            raise RefusedError(401, f"The signature was not accepted: {error.reason}.") from error
        return company
