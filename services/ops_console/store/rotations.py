"""A company's next webhook secret: accepted at once, told to Cal.com when every ingest knows it."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.refusals import NotPossibleError
from shared.contracts import names
from shared.contracts.events import WebhookRotationRequested
from shared.db.scheduled import emit_later
from shared.db.tables import Company, Provisioning
from shared.db.vault import SealedByUnknownKeyError, Vault
from shared.observability.context import Cause, working_on

#: Four times as long as a process remembers a company's secrets.
ROTATION_SECONDS: Final = 60.0
_FIELD: Final = "calcom_webhook_secret"


class Rotations:
    """Each within the session of whoever changes the company, whose row is locked. ``delay``: seconds."""

    def __init__(self, vault: Vault, *, delay: float) -> None:
        self._vault = vault
        self._delay = delay

    async def begin(self, session: AsyncSession, company: Company, secret: str | None = None) -> None:
        """Accept ``secret``, or one that is made up, and ask for Cal.com to be told.

        One that is on its way stays: Cal.com may sign with it already.
        """
        if self._opened(company.calcom_webhook_secret_next_encrypted) is None:
            made = self._vault.seal(secret or secrets.token_urlsafe(32))
            company.calcom_webhook_secret_next_encrypted = made
        event = WebhookRotationRequested(company_id=company.id, requested_at=datetime.now(UTC))
        with working_on("company", Cause(company_id=company.id)):
            await emit_later(
                session, event, source="ops_console", queue=names.PROVISIONER_BRANCHES, delay=self._delay
            )

    async def take(
        self, session: AsyncSession, company: Company, fields: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """``fields`` without the webhook secret, where Cal.com has to be told of it.

        Raises:
            NotPossibleError: another one is on its way.
        """
        secret = fields.get(_FIELD)
        if secret is None:
            return fields
        following = self._opened(company.calcom_webhook_secret_next_encrypted)
        if following is None:
            # One that nobody can open would make the whole company unreadable.
            company.calcom_webhook_secret_next_encrypted = None
        elif following != secret:
            raise NotPossibleError(
                "Another webhook secret is on its way to Cal.com. Wait until it is there, "
                f"or hurry it with `askpro companies rotate-secret {company.id}`."
            )
        now = self._opened(company.calcom_webhook_secret_encrypted)
        if now in {None, secret} or not await _is_registered(session, company.id):
            return fields
        await self.begin(session, company, secret)
        return {name: value for name, value in fields.items() if name != _FIELD}

    def _opened(self, sealed: bytes | None) -> str | None:
        """None too where the key is gone that sealed it."""
        try:
            return self._vault.open_optional(sealed)
        except SealedByUnknownKeyError:
            return None


async def _is_registered(session: AsyncSession, company_id: str) -> bool:
    told = exists().where(Provisioning.company_id == company_id, Provisioning.calcom_webhook_id.is_not(None))
    return bool(await session.scalar(select(told)))
