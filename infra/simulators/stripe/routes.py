"""The endpoints that a subscription needs."""

from starlette.routing import Route

from infra.simulators.simulator import Simulator
from infra.simulators.store import Document
from infra.simulators.stripe import objects
from infra.simulators.stripe.access import Call, Work, endpoint
from infra.simulators.stripe.billing import cancel_subscription, found, shown_session
from infra.simulators.stripe.errors import Refusal
from infra.simulators.stripe.lists import listing, subscriptions


def _require(form: Document, *names: str) -> None:
    for name in names:
        if not form.get(name):
            raise Refusal(400, f"Missing required param: {name}.", param=name, code="parameter_missing")


def _check_customer(call: Call) -> None:
    customer = call.form.get("customer")
    if customer and call.simulator.store.get("customers", customer) is None:
        text = f"No such customer: '{customer}'"
        raise Refusal(400, text, param="customer", code="resource_missing")


async def _create_customer(call: Call) -> Document:
    made = objects.customer(call.simulator, call.form)
    return call.simulator.store.put("customers", made["id"], made)


async def _create_session(call: Call) -> Document:
    _require(call.form, "mode")
    if call.form["mode"] not in {"subscription", "payment", "setup"}:
        raise Refusal(400, "Invalid mode: must be one of payment, setup, or subscription", param="mode")
    _require(call.form, "line_items", "success_url")
    _check_customer(call)
    items = call.form["line_items"]
    if not isinstance(items, list) or not isinstance(items[0], dict):
        raise Refusal(400, "Invalid array", param="line_items")
    session = objects.session(call.simulator, call.form)
    kept = {
        **session,
        "subscription_metadata": (call.form.get("subscription_data") or {}).get("metadata") or {},
        "price": items[0].get("price", "price_monthly"),
    }
    call.simulator.store.put("sessions", session["id"], kept)
    return session


async def _create_portal(call: Call) -> Document:
    _require(call.form, "customer")
    _check_customer(call)
    portal_id = objects.new_id("bps")
    return {
        "id": portal_id,
        "object": "billing_portal.session",
        "created": objects.now(call.simulator),
        "customer": call.form["customer"],
        "livemode": False,
        "return_url": call.form.get("return_url"),
        "url": f"https://billing.stripe.com/p/session/{portal_id}",
    }


async def _cancel(call: Call) -> Document:
    subscription = found(call.simulator, "subscriptions", call.path("id"), "subscription")
    if subscription["status"] == "canceled":
        raise Refusal(404, f"No such subscription: '{call.path('id')}'", param="id", code="resource_missing")
    return await cancel_subscription(call.simulator, call.path("id"))


async def _session(call: Call) -> Document:
    return shown_session(found(call.simulator, "sessions", call.path("id"), "checkout.session"))


def _getter(kind: str, noun: str) -> Work:
    async def get(call: Call) -> Document:
        return found(call.simulator, kind, call.path("id"), noun)

    return get


def stripe_routes(simulator: Simulator) -> list[Route]:
    """Customers, checkout, subscriptions, the portal, invoices, events."""
    table: list[tuple[str, str, Work]] = [
        ("POST", "/v1/customers", _create_customer),
        ("GET", "/v1/customers/{id}", _getter("customers", "customer")),
        ("POST", "/v1/checkout/sessions", _create_session),
        ("GET", "/v1/checkout/sessions/{id}", _session),
        ("GET", "/v1/subscriptions", listing("subscriptions", "customer", "status", choose=subscriptions)),
        ("GET", "/v1/subscriptions/{id}", _getter("subscriptions", "subscription")),
        ("DELETE", "/v1/subscriptions/{id}", _cancel),
        ("POST", "/v1/billing_portal/sessions", _create_portal),
        ("GET", "/v1/invoices/{id}", _getter("invoices", "invoice")),
        ("GET", "/v1/events", listing("events")),
        ("GET", "/v1/events/{id}", _getter("events", "event")),
    ]
    return [Route(path, endpoint(simulator, work), methods=[method]) for method, path, work in table]
