"""Stripe's objects in the shape since 2025-03-31: periods on the items, the subscription under `parent`."""

import secrets
import string
from typing import Any

from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_LETTERS = string.ascii_letters + string.digits
_MONTH = 30 * 24 * 3600


def new_id(prefix: str) -> str:
    """`cus_…`, `sub_…` and so on."""
    return prefix + "_" + "".join(secrets.choice(_LETTERS) for _ in range(14))


def now(simulator: Simulator) -> int:
    """Unix seconds."""
    return int(simulator.clock.timestamp())


def customer(simulator: Simulator, form: Document) -> Document:
    """A new customer."""
    names = ("email", "name", "phone", "description")
    return {
        "id": new_id("cus"),
        "object": "customer",
        "created": now(simulator),
        "livemode": False,
        "metadata": form.get("metadata") or {},
        **{name: form.get(name) for name in names},
    }


def session(simulator: Simulator, form: Document) -> Document:
    """A new checkout session, open until it is completed by control."""
    session_id = new_id("cs_test")
    return {
        "id": session_id,
        "object": "checkout.session",
        "created": now(simulator),
        "livemode": False,
        "mode": form["mode"],
        "status": "open",
        "payment_status": "unpaid",
        "customer": form.get("customer"),
        "client_reference_id": form.get("client_reference_id"),
        "subscription": None,
        "invoice": None,
        "success_url": form.get("success_url"),
        "cancel_url": form.get("cancel_url"),
        "metadata": form.get("metadata") or {},
        "url": f"https://checkout.stripe.com/c/pay/{session_id}",
    }


def _price(price_id: str) -> Document:
    return {
        "id": price_id,
        "object": "price",
        "active": True,
        "currency": "eur",
        "livemode": False,
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "type": "recurring",
        "unit_amount": 4900,
    }


def subscription(
    simulator: Simulator, customer_id: str, metadata: Document, status: str, price: str = "price_monthly"
) -> Document:
    """A new subscription with one item, whose period begins now."""
    subscription_id, start = new_id("sub"), now(simulator)
    item: Document = {
        "id": new_id("si"),
        "object": "subscription_item",
        "created": start,
        "current_period_start": start,
        "current_period_end": start + _MONTH,
        "metadata": {},
        "price": _price(price),
        "quantity": 1,
        "subscription": subscription_id,
    }
    return {
        "id": subscription_id,
        "object": "subscription",
        "created": start,
        "billing_cycle_anchor": start,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "currency": "eur",
        "customer": customer_id,
        "ended_at": None,
        "items": {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"},
        "latest_invoice": None,
        "livemode": False,
        "metadata": metadata,
        "start_date": start,
        "status": status,
        "trial_end": None,
        "trial_start": None,
    }


def invoice(simulator: Simulator, owner: Document) -> Document:
    """A new open invoice of a subscription."""
    item: dict[str, Any] = owner["items"]["data"][0]
    amount = item["price"]["unit_amount"]
    return {
        "id": new_id("in"),
        "object": "invoice",
        "created": now(simulator),
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": 0,
        "attempted": False,
        "billing_reason": "subscription_cycle",
        "currency": "eur",
        "customer": owner["customer"],
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {"subscription": owner["id"], "metadata": owner["metadata"]},
        },
        "period_start": item["current_period_start"],
        "period_end": item["current_period_end"],
        "status": "open",
        "status_transitions": {"finalized_at": now(simulator), "paid_at": None},
        "total": amount,
    }
