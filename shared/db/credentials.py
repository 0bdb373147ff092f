"""A company's keys and secrets, opened once and kept for a short while in this process.

What is known keeps being served while the database is away: neither a caller on the line nor a webhook may
depend on it. What is not known cannot be told from an unknown company then: an InfrastructureError.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Text, bindparam, select

from shared.contracts.calcom import Region, region_of
from shared.db.engine import Database
from shared.db.remembered import Remembered
from shared.db.tables import Company
from shared.db.vault import Vault
from shared.resilience.circuit_state import CircuitState

#: A replaced secret is good for what was signed with it before Cal.com was told.
OVERLAP: Final = timedelta(hours=1)
#: Written once: a caller waits while SQLAlchemy turns a statement into text.
_COMPANY: Final = select(Company).where(Company.id == bindparam("company", type_=Text))
_COMPANY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-.]{0,63}")


@dataclass(frozen=True, slots=True)
class CompanyCredentials:
    """A company as its own services see it. A key is None where none was entered.

    ``calcom_webhook_secrets``: the current one first, then the one that will replace it, and the one that it
    replaced less than an hour ago.
    """

    company_id: str
    name: str
    language: str
    status: str
    notification_email: str | None
    retell_api_key: str | None = field(repr=False)
    calcom_api_key: str | None = field(repr=False)
    calcom_region: Region
    calcom_webhook_secrets: tuple[str, ...] = field(repr=False)


class Credentials:
    """``ttl``: seconds after which a changed key is noticed.

    ``patience``: seconds to wait for the database where something is known, ``cold`` where nothing is.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        ttl: float = 15.0,
        patience: float = 0.4,
        cold: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._vault = vault
        self._known = Remembered(self._read, ttl=ttl, patience=patience, cold=cold, clock=clock)

    async def of(self, company_id: str) -> CompanyCredentials | None:
        """The company's credentials, None where there is no such company.

        Raises:
            InfrastructureError: it is not known here and the database did not answer in time.
            SealedByUnknownKeyError: its keys were sealed by a key that is missing in ENCRYPTION_KEYS.
        """
        return await self._known.of(company_id) if _COMPANY_ID.fullmatch(company_id) else None

    async def again(self, company_id: str) -> CompanyCredentials | None:
        """``of``, looked up anew because a signature did not match: a secret may have been replaced just now.

        At most one look-up a second per company, so that strangers cannot make us ask the database at will;
        what is known keeps being served while the database is away.

        Raises:
            InfrastructureError, SealedByUnknownKeyError: as ``of``.
        """
        return await self._known.again(company_id) if _COMPANY_ID.fullmatch(company_id) else None

    def forget(self, company_id: str) -> None:
        """Look it up anew next time: a key has changed."""
        self._known.forget(company_id)

    def heed(self, circuit: CircuitState) -> None:
        """A company's circuit has changed, as it does with its key: to be told by ``Circuits.listen``."""
        if circuit.company_id is not None:
            self.forget(circuit.company_id)

    async def _read(self, company_id: str) -> CompanyCredentials | None:
        async with self._database.single() as connection:
            found = await connection.execute(_COMPANY, {"company": company_id})
            company = found.one_or_none()
        return None if company is None else self._opened(company)

    def _opened(self, company: Row[Any]) -> CompanyCredentials:
        sealed = (
            company.calcom_webhook_secret_encrypted,
            company.calcom_webhook_secret_next_encrypted,
            _still_good(company),
        )
        return CompanyCredentials(
            company_id=company.id,
            name=company.name,
            language=company.language,
            status=company.status,
            notification_email=company.notification_email,
            retell_api_key=self._vault.open_optional(company.retell_api_key_encrypted),
            calcom_api_key=self._vault.open_optional(company.calcom_api_key_encrypted),
            calcom_region=region_of(company.calcom_region),
            calcom_webhook_secrets=tuple(self._vault.open(secret) for secret in sealed if secret),
        )


def _still_good(company: Row[Any]) -> bytes | None:
    """The previous secret; one that was replaced by hand has no time, and is good until the next change."""
    replaced = company.calcom_webhook_secret_rotated_at
    over = replaced is not None and datetime.now(UTC) - replaced > OVERLAP
    return None if over else company.calcom_webhook_secret_previous_encrypted
