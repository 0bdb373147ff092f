"""A payload file → the headers with which a provider would have sent it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from services.ops_console.store.refusals import NotPossibleError, NotSoundError
from shared.clients.signatures import (
    CALCOM_HEADER,
    RETELL_HEADER,
    STRIPE_HEADER,
    StandardWebhooks,
    sign_calcom,
    sign_retell,
    sign_stripe,
)
from shared.contracts.ids import digest

Provider = Literal["calcom", "retell", "stripe", "events"]


class Secrets(Protocol):
    """The companies' secrets."""

    async def secret(self, company_id: str, name: str) -> str | None:
        """In clear, None where none was entered. Raises NotThereError."""
        ...


@dataclass(frozen=True, slots=True)
class SignWebhook:
    """Signs for any company; Stripe's and the internal producers' secret are the platform's own."""

    companies: Secrets
    stripe_secret: str | None
    events_secret: str | None

    async def __call__(self, provider: Provider, company_id: str, raw: bytes) -> dict[str, str]:
        """Headers to send with ``raw``.

        Raises:
            NotThereError: no such company.
            NotPossibleError: the secret was never entered.
            NotSoundError: an event that is not UTF-8, which this scheme cannot sign.
        """
        now = time.time()
        match provider:
            case "calcom":
                secret = await self._of_company(company_id, "calcom_webhook_secret")
                return {CALCOM_HEADER: sign_calcom(raw, secret)}
            case "retell":
                key = await self._of_company(company_id, "retell_api_key")
                return {RETELL_HEADER: sign_retell(raw, key, int(now * 1000))}
            case "stripe":
                secret = _present(self.stripe_secret, "STRIPE_WEBHOOK_SECRET is not set at the console.")
                return {STRIPE_HEADER: sign_stripe(raw, secret, int(now))}
            case "events":
                secret = _present(self.events_secret, "EVENTS_SECRET is not set at the console.")
                message_id = f"msg_{digest(raw)[:24]}"
                return StandardWebhooks(secret).sign(_utf8(raw), message_id, datetime.now(UTC))

    async def _of_company(self, company_id: str, name: str) -> str:
        advice = f"{company_id} has no {name}; enter it with askpro companies update."
        return _present(await self.companies.secret(company_id, name), advice)


def _utf8(raw: bytes) -> bytes:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise NotSoundError(f"An event is JSON in UTF-8; byte {error.start} of this one is not.") from error
    return raw


def _present(secret: str | None, advice: str) -> str:
    if not secret:
        raise NotPossibleError(advice)
    return secret
