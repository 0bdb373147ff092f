"""A refused request, once its cause is mended → verified as it came, signed anew, and posted to ingest."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from services.ops_console.handlers.signing import Provider
from services.ops_console.store.refusals import NotPossibleError, NotThereError
from shared.clients.console import Answer
from shared.clients.signatures import (
    CALCOM_HEADER,
    RETELL_HEADER,
    STRIPE_HEADER,
    SignatureError,
    StandardWebhooks,
    verify_calcom,
    verify_retell,
    verify_stripe,
)
from shared.contracts.rejected import PATH
from shared.db.credentials import CompanyCredentials
from shared.db.tables import RejectedRequest

#: Each path of ingest, and whom it names.
_PATHS: Final = re.compile(
    r"/webhooks/(?P<tenant>calcom|retell)/(?P<company>[A-Za-z0-9][A-Za-z0-9_\-.]{0,63})"
    r"|(?:/webhooks)?/(?P<own>stripe|events)"
)
_UNAUTHORIZED: Final = 401
#: Ingest looks a secret up once a second at most.
_PAUSES: Final = (0.4, 0.8)
_JSON: Final = "application/json"


class Requests(Protocol):
    """Those that were refused."""

    async def show(self, request_id: str) -> RejectedRequest:
        """Raises NotThereError."""
        ...

    async def taken(self, request_id: str, event_id: str | None, by: str) -> None:
        """It was accepted after all, on a person's word."""
        ...


class Companies(Protocol):
    """Whose secrets verify."""

    async def again(self, company_id: str) -> CompanyCredentials | None:
        """As they are now; None for a company that does not exist."""
        ...


class Sign(Protocol):
    """A provider's signature."""

    async def __call__(self, provider: Provider, company_id: str, raw: bytes) -> dict[str, str]:
        """Headers to send with ``raw``."""
        ...


class Ingest(Protocol):
    """Where webhooks go."""

    async def post(self, path: str, raw: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises UnknownOutcomeError."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """Whose request it seems to be, and where it went."""

    provider: Provider
    company_id: str
    path: str


@dataclass(frozen=True, slots=True)
class VerifyAsItCame:
    """The original signature by the secrets of today, at the time of its arrival.

    Without it whoever can send us bytes would have them signed by an operator's click.
    """

    companies: Companies
    stripe_secret: str | None
    events_secret: str | None

    async def __call__(self, request: RejectedRequest, target: Target) -> None:
        """Raises NotPossibleError: nobody with a secret of ours has sent it, or not at that time."""
        try:
            await self._verify(request, target, request.body or b"")
        except SignatureError as error:
            raise NotPossibleError(
                f"It stays refused: {error.reason}, also with the secrets of today. If its sender has "
                "another secret, enter it first; if nobody of ours has sent this, leave it."
            ) from error

    async def _verify(self, request: RejectedRequest, target: Target, raw: bytes) -> None:
        headers, at = request.headers, request.received_at
        match target.provider:
            case "calcom":
                company = await self._company(target.company_id)
                verify_calcom(raw, headers.get(CALCOM_HEADER.lower()), company.calcom_webhook_secrets)
            case "retell":
                key = (await self._company(target.company_id)).retell_api_key or ""
                verify_retell(raw, headers.get(RETELL_HEADER.lower()), key, int(at.timestamp() * 1000))
            case "stripe":
                header = headers.get(STRIPE_HEADER.lower())
                verify_stripe(raw, header, self.stripe_secret or "", int(at.timestamp()))
            case "events":
                _internal(self.events_secret).verify_at(raw, headers, at)

    async def _company(self, company_id: str) -> CompanyCredentials:
        company = await self.companies.again(company_id)
        if company is None:
            raise NotPossibleError(f"There is still no company {company_id}; enter it first.")
        return company


@dataclass(frozen=True, slots=True)
class Reingest:
    """Twice is once: the event's id is made of the bytes or of the provider's own id.

    ``ingest`` None: its address is not known here.
    """

    requests: Requests
    verify: VerifyAsItCame
    sign: Sign
    ingest: Ingest | None

    async def __call__(self, request_id: str, by: str) -> str | None:
        """The id of the event that it became; None for a test ping, which becomes none.

        Raises:
            NotThereError: no such request, or no longer.
            NotPossibleError: it was cut, is forged, or ingest refuses it once more: its own words.
            UnknownOutcomeError: ingest did not answer.
        """
        request = await self.requests.show(request_id)
        if request.reingested_at is not None:
            return request.event_id
        target, raw = target_of(request), _whole(request)
        await self.verify(request, target)
        event_id = await self._post(target, raw, request.headers)
        await self.requests.taken(request_id, event_id, by)
        return event_id

    async def _post(self, target: Target, raw: bytes, came: Mapping[str, Any]) -> str | None:
        if self.ingest is None:
            raise NotPossibleError("Where is ingest? INGEST_PUBLIC_URL is not set at the console.")
        signed = await self.sign(target.provider, target.company_id, raw)
        kind = {"Content-Type": str(came.get("content-type", _JSON))}
        answer = await _patiently(self.ingest, target.path, raw, {**signed, **kind})
        told = _document(answer.body)
        if not answer.accepted:
            raise NotPossibleError(f"Ingest refused it again, {answer.status}: {told.get('detail', '')}")
        return told.get("event_id")


async def _patiently(ingest: Ingest, path: str, raw: bytes, headers: Mapping[str, str]) -> Answer:
    """We have just found the secret good: where ingest has not, it looked a moment before it was entered."""
    for pause in _PAUSES:
        answer = await ingest.post(path, raw, headers)
        if answer.status != _UNAUTHORIZED:
            return answer
        await asyncio.sleep(pause)
    return await ingest.post(path, raw, headers)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of several. ``refused``: why it stays so; None: it was taken in."""

    id: str
    event_id: str | None
    refused: str | None = None


async def reingest_each(reingest: Reingest, request_ids: Iterable[str], by: str) -> list[Outcome]:
    """One after the other, in the order given.

    Raises:
        UnknownOutcomeError: ingest did not answer; those before it are taken in.
    """
    found = []
    for request_id in request_ids:
        try:
            found.append(Outcome(request_id, await reingest(request_id, by)))
        except (NotPossibleError, NotThereError) as error:
            found.append(Outcome(request_id, None, str(error)))
    return found


def target_of(request: RejectedRequest) -> Target:
    """Raises NotPossibleError: it went to no address that ingest has."""
    path = str(request.headers.get(PATH, ""))
    found = _PATHS.fullmatch(path)
    if found is None:
        raise NotPossibleError(f"Ingest has no address {path}.")
    return Target(cast("Provider", found["tenant"] or found["own"]), found["company"] or "platform", path)


def _whole(request: RejectedRequest) -> bytes:
    if request.cut or request.body is None:
        raise NotPossibleError("Only a part of it was kept: its sender has to send it again.")
    return request.body


def _internal(secret: str | None) -> StandardWebhooks:
    if not secret:
        raise SignatureError("EVENTS_SECRET is not set at the console")
    return StandardWebhooks(secret)


def _document(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
