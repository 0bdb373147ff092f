"""Stripe's webhooks → subscriptions and invoices of companies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.syncer.merge.billing import Known, News, is_newer, may_replace
from shared.contracts.envelope import Envelope
from shared.contracts.lenient import mapping_of
from shared.contracts.stripe import StripeCheckout, StripeEvent
from shared.errors import InvalidEventError


class Ledger(Protocol):
    """Stored objects of one kind, by id."""

    async def known(self, object_id: str) -> Known | None:
        """What is stored of it."""
        ...

    async def save(self, news: News, document: Mapping[str, Any], known: Known | None) -> None:
        """Store ``document``. Raises TransientError where somebody else wrote since ``known`` was read."""
        ...


class Checkouts(Protocol):
    """Who became whose customer."""

    async def link(self, checkout: StripeCheckout) -> None:
        """Give the customer, and what is stored of it, to its company; an unknown company changes nothing."""
        ...


class Originals(Protocol):
    """The objects as Stripe has them now."""

    async def fetch(self, object_id: str) -> Mapping[str, Any] | None:
        """The object, None where Stripe cannot be asked or does not have it."""
        ...


@dataclass(frozen=True, slots=True)
class SyncSubscription:
    """Take over a newer state; where the event cannot prove to be newer, the fetched object decides."""

    ledger: Ledger
    originals: Originals

    async def __call__(self, event: Envelope) -> None:
        await _sync(news_of(event), self.ledger, self.originals)


@dataclass(frozen=True, slots=True)
class SyncInvoice:
    """As ``SyncSubscription``, for what is paid and what is not."""

    ledger: Ledger
    originals: Originals

    async def __call__(self, event: Envelope) -> None:
        await _sync(news_of(event), self.ledger, self.originals)


@dataclass(frozen=True, slots=True)
class SyncCheckout:
    """A finished checkout says which company the customer is."""

    checkouts: Checkouts

    async def __call__(self, event: Envelope) -> None:
        await self.checkouts.link(StripeCheckout.model_validate(news_of(event).document))


def news_of(event: Envelope) -> News:
    """The event as Stripe meant it.

    Raises:
        InvalidEventError: the object's id or the event's time is missing.
    """
    stripe = StripeEvent.model_validate(mapping_of(event.data))
    object_id = stripe.document.get("id")
    if not isinstance(object_id, str) or not object_id or stripe.created is None:
        raise InvalidEventError(f"{event.type}: data.object.id or created is missing")
    return News(event.type, object_id, stripe.created, stripe.document)


async def _sync(news: News, ledger: Ledger, originals: Originals) -> None:
    known = await ledger.known(news.object_id)
    if known is None or is_newer(news, known):
        await ledger.save(news, news.document, known)
        return
    original = await originals.fetch(news.object_id)
    if original is not None:
        await ledger.save(news, original, known)
    elif may_replace(news, known):
        await ledger.save(news, news.document, known)
