"""A company's keys and secrets, opened once and kept for a short while in this process.

What is known keeps being served while the database is away: neither a caller on the line nor a webhook may
depend on it. What is not known cannot be told from an unknown company then: an InfrastructureError.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from shared.db.engine import Database
from shared.db.tables import Company
from shared.db.vault import Vault
from shared.errors import InfrastructureError

_COMPANY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-.]{0,63}")
#: Ingest answers within 1.5 s, of which 1 s is the broker's.
_PATIENCE: Final = 0.4
#: While the database is away what is known is served without asking again for this long.
_REST: Final = 2.0
_NEGATIVE_TTL: Final = 3.0
#: Made-up company ids must not fill the memory.
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class CompanyCredentials:
    """A company as its own services see it. A key is None where none was entered.

    ``calcom_webhook_secrets``: the current one first, then the previous one while it is being replaced.
    ``customer_messages``: who tells customers: ours, calcom or both.
    """

    company_id: str
    name: str
    language: str
    status: str
    customer_messages: str
    notification_email: str | None
    retell_api_key: str | None = field(repr=False)
    calcom_api_key: str | None = field(repr=False)
    calcom_webhook_secrets: tuple[str, ...] = field(repr=False)


@dataclass(slots=True)
class _Entry:
    value: CompanyCredentials | None
    fresh_until: float


class Credentials:
    """``ttl``: seconds after which a changed key is noticed. One look-up at a time per company."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        ttl: float = 15.0,
        patience: float = _PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._vault = vault
        self._ttl = ttl
        self._patience = patience
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._loading: dict[str, asyncio.Task[CompanyCredentials | None]] = {}

    async def of(self, company_id: str) -> CompanyCredentials | None:
        """The company's credentials, None where there is no such company.

        Raises:
            InfrastructureError: it is not known here and the database did not answer in time.
            SealedByUnknownKeyError: its keys were sealed by a key that is missing in ENCRYPTION_KEYS.
        """
        if not _COMPANY_ID.fullmatch(company_id):
            return None
        known = self._entries.get(company_id)
        if known is not None and self._clock() < known.fresh_until:
            return known.value
        try:
            return await self._load(company_id)
        except InfrastructureError:
            if known is None or known.value is None:
                raise
            known.fresh_until = self._clock() + min(_REST, self._ttl)
            return known.value

    def forget(self, company_id: str) -> None:
        """Look it up anew next time: a key has changed, or a signature did not match the known one."""
        self._entries.pop(company_id, None)

    async def _load(self, company_id: str) -> CompanyCredentials | None:
        task = self._loading.get(company_id)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._read(company_id))
            self._loading[company_id] = task
            task.add_done_callback(lambda done: self._loaded(company_id, done))
        # The look-up goes on when this caller's patience ends: the next one finds its result.
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            raise InfrastructureError(f"database: no answer within {self._patience} s", gate="database")
        return task.result()

    def _loaded(self, company_id: str, task: asyncio.Task[CompanyCredentials | None]) -> None:
        self._loading.pop(company_id, None)
        if task.cancelled() or task.exception() is not None:
            return
        value = task.result()
        ttl = self._ttl if value is not None else min(_NEGATIVE_TTL, self._ttl)
        self._entries[company_id] = _Entry(value, self._clock() + ttl)
        self._entries.move_to_end(company_id)
        while len(self._entries) > _MOST:
            self._entries.popitem(last=False)

    async def _read(self, company_id: str) -> CompanyCredentials | None:
        async with self._database.transaction() as session:
            company = await session.get(Company, company_id)
        return None if company is None else self._opened(company)

    def _opened(self, company: Company) -> CompanyCredentials:
        sealed = (company.calcom_webhook_secret_encrypted, company.calcom_webhook_secret_previous_encrypted)
        return CompanyCredentials(
            company_id=company.id,
            name=company.name,
            language=company.language,
            status=company.status,
            customer_messages=company.customer_messages,
            notification_email=company.notification_email,
            retell_api_key=self._vault.open_optional(company.retell_api_key_encrypted),
            calcom_api_key=self._vault.open_optional(company.calcom_api_key_encrypted),
            calcom_webhook_secrets=tuple(self._vault.open(secret) for secret in sealed if secret),
        )
