"""What happens to subscriptions and invoices, each change with its events."""

from typing import Any

from infra.simulators.simulator import Simulator
from infra.simulators.store import Document
from infra.simulators.stripe import objects
from infra.simulators.stripe.errors import missing
from infra.simulators.stripe.webhooks import announce


def found(simulator: Simulator, kind: str, key: str, noun: str) -> Document:
    """404 for an unknown id."""
    document = simulator.store.get(kind, key)
    if document is None:
        raise missing(noun, key)
    return document


async def start_subscription(simulator: Simulator, wish: Document) -> Document:
    """`customer`, and optionally `metadata`, `status`, `price`."""
    made = objects.subscription(
        simulator,
        wish["customer"],
        wish.get("metadata") or {},
        wish.get("status", "active"),
        wish.get("price", "price_monthly"),
    )
    simulator.store.put("subscriptions", made["id"], made)
    await announce(simulator, "customer.subscription.created", made)
    return made


async def change_subscription(simulator: Simulator, key: str, changes: Document) -> Document:
    """Announces customer.subscription.updated with the attributes as they were."""
    old = found(simulator, "subscriptions", key, "subscription")
    changed = simulator.store.put("subscriptions", key, {**old, **changes})
    previous = {name: old.get(name) for name in changes if old.get(name) != changes[name]}
    await announce(simulator, "customer.subscription.updated", changed, previous)
    return changed


async def cancel_subscription(simulator: Simulator, key: str) -> Document:
    """At once: status canceled, customer.subscription.deleted."""
    old = found(simulator, "subscriptions", key, "subscription")
    moment = objects.now(simulator)
    ended = {**old, "status": "canceled", "canceled_at": moment, "ended_at": moment}
    simulator.store.put("subscriptions", key, ended)
    await announce(simulator, "customer.subscription.deleted", ended)
    return ended


async def bill(simulator: Simulator, key: str, outcome: str) -> Document:
    """A new invoice of the subscription, `paid` or `failed`."""
    owner = found(simulator, "subscriptions", key, "subscription")
    made = objects.invoice(simulator, owner)
    simulator.store.save(
        [("invoices", made["id"], made), ("subscriptions", key, {**owner, "latest_invoice": made["id"]})]
    )
    return await (pay(simulator, made["id"]) if outcome == "paid" else fail(simulator, made["id"]))


async def pay(simulator: Simulator, key: str) -> Document:
    """invoice.paid."""
    old = found(simulator, "invoices", key, "invoice")
    moment = objects.now(simulator)
    changes: dict[str, Any] = {
        "status": "paid",
        "amount_paid": old["amount_due"],
        "amount_remaining": 0,
        "attempted": True,
        "attempt_count": old["attempt_count"] + 1,
        "status_transitions": {**old["status_transitions"], "paid_at": moment},
    }
    paid = simulator.store.put("invoices", key, {**old, **changes})
    await announce(simulator, "invoice.paid", paid)
    return paid


async def fail(simulator: Simulator, key: str) -> Document:
    """invoice.payment_failed; the invoice stays open."""
    old = found(simulator, "invoices", key, "invoice")
    failed = {**old, "attempted": True, "attempt_count": old["attempt_count"] + 1}
    failed["next_payment_attempt"] = objects.now(simulator) + 3 * 24 * 3600
    simulator.store.put("invoices", key, failed)
    await announce(simulator, "invoice.payment_failed", failed)
    return failed


async def complete_checkout(simulator: Simulator, key: str) -> Document:
    """The person paid: subscription, invoice and the completed session, with an event each."""
    session = found(simulator, "sessions", key, "checkout.session")
    customer = session["customer"] or _new_customer(simulator)
    wish = {"customer": customer, "metadata": session["subscription_metadata"], "price": session["price"]}
    subscription = await start_subscription(simulator, wish)
    done = {
        **session,
        "status": "complete",
        "payment_status": "paid",
        "customer": customer,
        "subscription": subscription["id"],
    }
    simulator.store.put("sessions", key, done)
    await announce(simulator, "checkout.session.completed", shown_session(done))
    await bill(simulator, subscription["id"], "paid")
    return shown_session(done)


def _new_customer(simulator: Simulator) -> str:
    made = objects.customer(simulator, {})
    simulator.store.put("customers", made["id"], made)
    return str(made["id"])


def shown_session(session: Document) -> Document:
    """Without what only completing it needs."""
    hidden = {"subscription_metadata", "price"}
    return {name: value for name, value in session.items() if name not in hidden}
