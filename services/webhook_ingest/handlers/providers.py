"""Cal.com, Retell and Stripe: exact signature rules on the raw body, then the envelope around it."""

import time
from dataclasses import dataclass
from typing import Any, Final

from services.webhook_ingest.handlers.common import (
    Companies,
    Flood,
    Intake,
    document_of,
    keep,
    label,
    member,
    signed,
    text_at,
    unauthorized,
)
from services.webhook_ingest.values import Accepted, Pong, Sender
from shared.clients.signatures import (
    CALCOM_HEADER,
    RETELL_HEADER,
    STRIPE_HEADER,
    SignatureError,
    verify_calcom,
    verify_retell,
    verify_stripe,
)
from shared.contracts.envelope import Attributes, Envelope, now
from shared.contracts.ids import digest, event_id, event_type
from shared.observability.context import traceparent

#: Sent many times per call: the body tells them apart.
_UNLIKE: Final = frozenset({"transcript_updated"})


@dataclass(frozen=True, slots=True)
class AcceptCalcom:
    """Cal.com sends once and never again; no time is signed, so the id is the body's hash."""

    companies: Companies
    flood: Flood
    intake: Intake

    async def __call__(self, sender: Sender) -> Accepted | Pong:
        header = sender.headers.get(CALCOM_HEADER.lower())
        company = await signed(
            self.companies,
            str(sender.company_id),
            lambda company: verify_calcom(sender.raw, header, company.calcom_webhook_secrets),
        )
        self.flood.admit(company.company_id)
        document = document_of(sender.raw)
        trigger = text_at(document, "triggerEvent")
        if trigger == "PING":
            return Pong()
        payload = document.get("payload", document)
        uid = member(payload, "uid") or member(payload, "bookingUid")
        call_id = member(payload, "metadata", "call_id")
        attributes = _attributes(
            "calcom",
            id=event_id("calcom", company.company_id, digest(sender.raw)),
            type=event_type("calcom", trigger),
            subject=label(uid),
            correlation=label(call_id) or label(uid),
            company_id=company.company_id,
        )
        envelope = Envelope.around(attributes, sender.raw, document)
        return await keep(self.intake, envelope, sender.answer_by)


@dataclass(frozen=True, slots=True)
class AcceptRetell:
    """Retell signs body and milliseconds with the company's API key, and repeats up to three times."""

    companies: Companies
    flood: Flood
    intake: Intake

    async def __call__(self, sender: Sender) -> Accepted | Pong:
        header, now_ms = sender.headers.get(RETELL_HEADER.lower()), time.time_ns() // 1_000_000
        company = await signed(
            self.companies,
            str(sender.company_id),
            lambda company: verify_retell(sender.raw, header, company.retell_api_key or "", now_ms),
        )
        self.flood.admit(company.company_id)
        document = document_of(sender.raw)
        event = text_at(document, "event")
        call_id = label(member(document, "call", "call_id"))
        attributes = _attributes(
            "retell",
            id=_retell_id(company.company_id, event, call_id, document, sender.raw),
            type=event_type("retell", event),
            subject=call_id,
            correlation=call_id,
            company_id=company.company_id,
        )
        envelope = Envelope.around(attributes, sender.raw, document)
        return await keep(self.intake, envelope, sender.answer_by)


@dataclass(frozen=True, slots=True)
class AcceptStripe:
    """One endpoint for all companies; which company it is, the syncer finds by the customer."""

    secret: str
    flood: Flood
    intake: Intake

    async def __call__(self, sender: Sender) -> Accepted | Pong:
        try:
            verify_stripe(
                sender.raw, sender.headers.get(STRIPE_HEADER.lower()), self.secret, int(time.time())
            )
        except SignatureError as error:
            raise unauthorized(error) from error
        self.flood.admit("stripe")
        document = document_of(sender.raw)
        stripe_id = text_at(document, "id")
        attributes = _attributes(
            "stripe",
            id=event_id("stripe", stripe_id),
            type=event_type("stripe", text_at(document, "type")),
            subject=label(member(document, "data", "object", "id")),
            correlation=label(member(document, "data", "object", "customer")) or label(stripe_id),
            company_id=None,
        )
        envelope = Envelope.around(attributes, sender.raw, document)
        return await keep(self.intake, envelope, sender.answer_by)


def _retell_id(company_id: str, event: str, call_id: str | None, document: dict[str, Any], raw: bytes) -> str:
    """Event and call; transfers with their start, what repeats or names no call by its bytes."""
    if call_id is None or event in _UNLIKE:
        return event_id("retell", company_id, event, call_id or "", digest(raw))
    if event.startswith("transfer_"):
        started = member(document, "call", "start_timestamp")
        destination = document.get("transfer_destination")
        return event_id("retell", company_id, event, call_id, str(started), digest(repr(destination))[:16])
    return event_id("retell", company_id, event, call_id)


def _attributes(
    provider: str,
    *,
    id: str,  # noqa: A002  # the names of CloudEvents
    type: str,  # noqa: A002
    subject: str | None,
    correlation: str | None,
    company_id: str | None,
) -> Attributes:
    return Attributes(
        id=id,
        source=provider,
        type=type,
        time=now(),
        subject=subject,
        companyid=company_id,
        correlationid=correlation,
        traceparent=traceparent(),
    )
