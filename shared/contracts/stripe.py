"""Stripe's events and objects, read leniently: the shapes before and since 2025-03-31 (basil)."""

from datetime import datetime
from typing import Any

from pydantic import AliasPath, Field

from shared.contracts.lenient import (
    Flag,
    Integer,
    LenientModel,
    Mapped,
    Seconds,
    Text,
    mapping_of,
    mappings_of,
    seconds_of,
    text_of,
)


class StripeObject(LenientModel):
    """What every object has. ``customer`` is an id, or the object where it was expanded."""

    id: Text = None
    customer: Any = None
    metadata: Mapped = Field(default_factory=dict)
    livemode: Flag = None
    status: Text = None

    @property
    def customer_id(self) -> str | None:
        """The customer's id."""
        return _id_of(self.customer)

    @property
    def company_hint(self) -> str | None:
        """The company we wrote into the metadata."""
        return text_of(self.metadata.get("company_id"))


class StripeSubscription(StripeObject):
    """A subscription. The period's end is on its items since basil."""

    cancel_at_period_end: Flag = None
    items: Mapped = Field(default_factory=dict)
    current_period_end: Seconds = None

    @property
    def period_end(self) -> datetime | None:
        """The latest end of a paid period."""
        ends = [seconds_of(item.get("current_period_end")) for item in mappings_of(self.items.get("data"))]
        return max((end for end in ends if end), default=self.current_period_end)


class StripeInvoice(StripeObject):
    """An invoice. Its subscription is under ``parent`` since basil."""

    amount_due: Integer = None
    amount_paid: Integer = None
    currency: Text = None
    subscription: Any = None
    details: Mapped = Field(
        default_factory=dict, validation_alias=AliasPath("parent", "subscription_details")
    )

    @property
    def subscription_id(self) -> str | None:
        """The subscription it bills."""
        return _id_of(self.details.get("subscription")) or _id_of(self.subscription)

    @property
    def company_hint(self) -> str | None:
        """The company in the subscription's metadata, else in its own."""
        return text_of(mapping_of(self.details.get("metadata")).get("company_id")) or super().company_hint


class StripeCheckout(StripeObject):
    """A finished checkout: which company became which customer with which subscription."""

    client_reference_id: Text = None
    subscription: Any = None

    @property
    def subscription_id(self) -> str | None:
        """The subscription it began, None for a single payment."""
        return _id_of(self.subscription)

    @property
    def company_hint(self) -> str | None:
        """The company that was sent to pay."""
        return self.client_reference_id or super().company_hint


class StripeEvent(LenientModel):
    """``created``: seconds since 1970. ``document``: the object as Stripe wrote it."""

    id: Text = None
    type: Text = None
    created: Integer = None
    document: Mapped = Field(default_factory=dict, validation_alias=AliasPath("data", "object"))


def _id_of(value: Any) -> str | None:
    return text_of(value.get("id")) if isinstance(value, dict) else text_of(value)
