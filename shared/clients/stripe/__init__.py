"""Stripe, as little as we need: read what a webhook was about, make a customer and a checkout."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

import httpx
from pydantic import BaseModel, TypeAdapter

from shared.clients.http import ProviderClient, Request, in_path
from shared.clients.objects import ProviderObject
from shared.resilience.guard import Guard

__all__ = ["Customer", "Invoice", "Stripe", "StripeEvent", "Subscription"]

#: Shapes of 2025-03-31 and later: periods on the items, the subscription inside ``invoice.parent``.
API_VERSION: Final = "2026-10-28.endive"
#: 402 speaks of a customer's card here, not of our account.
_CARD: Final = frozenset({402})


class Subscription(ProviderObject):
    """``status``: incomplete, incomplete_expired, trialing, active, past_due, canceled, unpaid, paused."""

    id: str
    status: str
    customer: str
    cancel_at_period_end: bool = False
    metadata: dict[str, str] = {}  # noqa: RUF012  # pydantic copies it for each instance

    @property
    def period_end(self) -> int | None:
        """Seconds since 1970: of the item that ends first."""
        items = (self.raw.get("items") or {}).get("data") or []
        return min(
            (item["current_period_end"] for item in items if "current_period_end" in item), default=None
        )


class Invoice(ProviderObject):
    """``status``: draft, open, paid, uncollectible, void."""

    id: str
    status: str | None = None
    customer: str | None = None
    amount_due: int = 0
    amount_paid: int = 0
    currency: str = ""
    parent: dict[str, Any] | None = None

    @property
    def subscription_id(self) -> str | None:
        details = (self.parent or {}).get("subscription_details") or {}
        return details.get("subscription") if isinstance(details, dict) else None


class Customer(ProviderObject):
    """Who pays."""

    id: str
    email: str | None = None
    name: str | None = None
    deleted: bool = False


class StripeEvent(ProviderObject):
    """An event as Stripe keeps it; ``data`` holds ``object`` and ``previous_attributes``."""

    id: str
    type: str
    created: int
    livemode: bool = False
    data: dict[str, Any] = {}  # noqa: RUF012  # likewise


class _Subscriptions(BaseModel):
    data: tuple[Subscription, ...] = ()
    has_more: bool = False


_PAGE: Final = 100
_SUBSCRIPTIONS: Final = TypeAdapter(_Subscriptions)
_SUBSCRIPTION: Final = TypeAdapter(Subscription)
_INVOICE: Final = TypeAdapter(Invoice)
_CUSTOMER: Final = TypeAdapter(Customer)
_EVENT: Final = TypeAdapter(StripeEvent)
_ANY: Final = TypeAdapter(dict[str, Any])


class Stripe(ProviderClient):
    """The platform's own account. Every method raises shared.errors only."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, api_key: str, guard: Guard) -> None:
        headers = {"Authorization": f"Bearer {api_key}", "Stripe-Version": API_VERSION}
        super().__init__(http, base_url.rstrip("/").removesuffix("/v1"), guard, headers)

    async def get_subscription(self, subscription_id: str) -> Subscription:
        """Raises NotFoundError."""
        path = f"/v1/subscriptions/{in_path(subscription_id)}"
        return await self._ask(Request("stripe.subscription.get", "GET", path), _SUBSCRIPTION)

    async def list_subscriptions(self, customer_id: str) -> AsyncIterator[Subscription]:
        """All of a customer, ended ones too, newest first.

        Raises:
            ProviderRefusedError: 400, there is no such customer.
        """
        after: str | None = None
        while True:
            params = {"customer": customer_id, "status": "all", "limit": _PAGE, "starting_after": after}
            request = Request("stripe.subscription.list", "GET", "/v1/subscriptions", params=params)
            page = await self._ask(request, _SUBSCRIPTIONS)
            for each in page.data:
                yield each
            if not page.has_more or not page.data:
                return
            after = page.data[-1].id

    async def get_invoice(self, invoice_id: str) -> Invoice:
        """Raises NotFoundError."""
        path = f"/v1/invoices/{in_path(invoice_id)}"
        return await self._ask(Request("stripe.invoice.get", "GET", path), _INVOICE)

    async def get_customer(self, customer_id: str) -> Customer:
        """Raises NotFoundError."""
        path = f"/v1/customers/{in_path(customer_id)}"
        return await self._ask(Request("stripe.customer.get", "GET", path), _CUSTOMER)

    async def get_event(self, event_id: str) -> StripeEvent:
        """Raises NotFoundError: Stripe keeps events for 30 days."""
        path = f"/v1/events/{in_path(event_id)}"
        return await self._ask(Request("stripe.event.get", "GET", path), _EVENT)

    async def create_customer(self, fields: Mapping[str, Any], *, key: str) -> Customer:
        """Idempotent for 24 h by ``key`` (at most 255 characters)."""
        return await self._ask(_write("stripe.customer.create", "/v1/customers", fields, key), _CUSTOMER)

    async def create_checkout(self, fields: Mapping[str, Any], *, key: str) -> dict[str, Any]:
        """A checkout session; idempotent for 24 h by ``key``."""
        return await self._ask(_write("stripe.checkout.create", "/v1/checkout/sessions", fields, key), _ANY)


def _write(name: str, path: str, fields: Mapping[str, Any], key: str) -> Request:
    """The key makes a POST repeatable: Stripe answers a repeat with the first result."""
    form = dict(_form(fields))
    headers = {"Idempotency-Key": key}
    return Request(name, "POST", path, form=form, headers=headers, idempotent=True, about_thing=_CARD)


def _form(fields: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested values in Stripe's bracket notation."""
    if isinstance(fields, Mapping):
        for key, value in fields.items():
            yield from _form(value, f"{name}[{key}]" if name else key)
    elif isinstance(fields, list | tuple):
        for place, value in enumerate(fields):
            yield from _form(value, f"{name}[{place}]")
    elif fields is not None:
        yield name, str(fields).lower() if isinstance(fields, bool) else str(fields)
