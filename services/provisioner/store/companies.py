"""A company's keys, opened for one provisioning; its webhook secret, made before anything is registered."""

import secrets
from dataclasses import dataclass, field

from sqlalchemy import func, update

from shared.contracts.calcom import Region, region_of
from shared.db.credentials import OVERLAP
from shared.db.engine import Database
from shared.db.tables import Company
from shared.db.vault import Vault
from shared.errors import PermanentError


class MissingKeyError(PermanentError):
    """A company without the key that a step needs."""


@dataclass(frozen=True, slots=True)
class Keys:
    """None where nobody entered a key. ``region``: where its account at Cal.com is."""

    company_id: str
    retell: str | None = field(repr=False)
    calcom: str | None = field(repr=False)
    region: Region = "default"

    def complete(self) -> tuple[str, str]:
        """(Retell, Cal.com); raises MissingKeyError with what to do."""
        return self.for_retell(), self.for_calcom()

    def for_calcom(self) -> str:
        """Raises MissingKeyError with what to do."""
        return self._present("Cal.com", self.calcom)

    @property
    def account(self) -> str:
        """Names the account at Cal.com: its key and, where it is not the usual one, its region."""
        return self.for_calcom() if self.region == "default" else f"{self.for_calcom()}@{self.region}"

    def for_retell(self) -> str:
        """Raises MissingKeyError with what to do."""
        return self._present("Retell", self.retell)

    def _present(self, provider: str, key: str | None) -> str:
        if key is None:
            option = provider.lower().replace(".", "")
            raise MissingKeyError(
                f"Company {self.company_id} has no {provider} key: enter it with "
                f"`askpro companies update {self.company_id} --{option}-api-key KEY`, then run "
                f"`askpro branches retry BRANCH --company {self.company_id}`."
            )
        return key


@dataclass(frozen=True, slots=True)
class Secrets:
    """What Cal.com signs with. ``following``: accepted already, and about to be told to Cal.com."""

    current: str = field(repr=False)
    following: str | None = field(repr=False)

    def as_told(self, there: str | None) -> str:
        """The one that Cal.com should have, where it has ``there``: a rotation is no drift."""
        return self.following if self.following is not None and there == self.following else self.current


class Companies:
    """Keys and secrets are read at use: a key changed in between must not be held for long."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def keys(self, company_id: str) -> Keys:
        """The keys as they are now; a company that is gone has none."""
        async with self._database.transaction() as session:
            company = await session.get(Company, company_id)
        if company is None:
            return Keys(company_id, None, None)
        return Keys(
            company_id,
            self._vault.open_optional(company.retell_api_key_encrypted),
            self._vault.open_optional(company.calcom_api_key_encrypted),
            region_of(company.calcom_region),
        )

    async def webhook_secret(self, company_id: str) -> str:
        """The secret with which Cal.com signs; kept before it is first told to anybody.

        Two branches at once get the same one. Idempotent.
        """
        made = self._vault.seal(secrets.token_urlsafe(32))
        async with self._database.transaction() as session:
            await session.execute(
                update(Company)
                .where(Company.id == company_id, Company.calcom_webhook_secret_encrypted.is_(None))
                .values(calcom_webhook_secret_encrypted=made, updated_at=func.now())
            )
            company = await session.get_one(Company, company_id)
            return self._vault.open(company.calcom_webhook_secret_encrypted or made)

    async def secrets(self, company_id: str) -> Secrets:
        """The secrets as they are now; the current one is made where there is none."""
        current = await self.webhook_secret(company_id)
        async with self._database.transaction() as session:
            company = await session.get_one(Company, company_id)
            following = self._vault.open_optional(company.calcom_webhook_secret_next_encrypted)
            return Secrets(
                self._vault.open_optional(company.calcom_webhook_secret_encrypted) or current, following
            )

    async def promote(self, company_id: str, secret: str) -> None:
        """Cal.com signs with ``secret`` now; the one before stays good for an hour. Idempotent."""
        async with self._database.settling() as session:
            company = await session.get_one(Company, company_id, with_for_update={"key_share": True})
            following = company.calcom_webhook_secret_next_encrypted
            if self._vault.open_optional(following) != secret:
                return
            company.calcom_webhook_secret_previous_encrypted = company.calcom_webhook_secret_encrypted
            company.calcom_webhook_secret_encrypted = following
            company.calcom_webhook_secret_next_encrypted = None
            company.calcom_webhook_secret_rotated_at = company.updated_at = func.now()

    async def forget_replaced(self) -> None:
        """Secrets that were replaced over an hour ago are good for nothing any more."""
        over = Company.calcom_webhook_secret_rotated_at < func.now() - OVERLAP
        async with self._database.transaction() as session:
            await session.execute(
                update(Company)
                .where(over, Company.calcom_webhook_secret_previous_encrypted.is_not(None))
                .values(calcom_webhook_secret_previous_encrypted=None)
            )
