"""Control of the simulated Stripe: keys, webhook endpoints, and what customers and banks do."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.control_routes import Endpoint
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document
from infra.simulators.stripe import billing, webhooks
from infra.simulators.stripe.objects import new_id

Deed: TypeAlias = Callable[[Simulator, str, Document], Awaitable[Document]]


def add_endpoint(simulator: Simulator, wish: Document) -> Document:
    """`url`, and optionally `secrets` (several while one is rolled), `enabled_events`, `api_version`.

    A URL that is registered already keeps its id and takes the new values.
    """
    known = {each["url"]: each["id"] for each in simulator.store.all("endpoints")}
    endpoint: Document = {
        "id": known.get(wish["url"]) or new_id("we"),
        "secrets": ["whsec_" + new_id("")[1:] * 2],
        "enabled_events": ["*"],
        "api_version": None,
        **wish,
    }
    return simulator.store.put("endpoints", endpoint["id"], endpoint)


def _deed(simulator: Simulator, deed: Deed) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        body: Any = await request.json() if raw else {}
        return JSONResponse(await deed(simulator, request.path_params.get("id", ""), body))

    return endpoint


async def _key(simulator: Simulator, _: str, wish: Document) -> Document:
    return simulator.store.put("keys", wish["api_key"], wish)


async def _endpoint(simulator: Simulator, _: str, wish: Document) -> Document:
    return add_endpoint(simulator, wish)


async def _subscribe(simulator: Simulator, _: str, wish: Document) -> Document:
    return await billing.start_subscription(simulator, wish)


async def _change(simulator: Simulator, key: str, changes: Document) -> Document:
    if changes.get("status") == "canceled":
        return await billing.cancel_subscription(simulator, key)
    return await billing.change_subscription(simulator, key, changes)


async def _bill(simulator: Simulator, key: str, wish: Document) -> Document:
    return await billing.bill(simulator, key, wish.get("outcome", "paid"))


async def _pay(simulator: Simulator, key: str, _: Document) -> Document:
    return await billing.pay(simulator, key)


async def _fail(simulator: Simulator, key: str, _: Document) -> Document:
    return await billing.fail(simulator, key)


async def _complete(simulator: Simulator, key: str, _: Document) -> Document:
    return await billing.complete_checkout(simulator, key)


async def _resend(simulator: Simulator, key: str, _: Document) -> Document:
    event = billing.found(simulator, "events", key, "event")
    await webhooks.resend(simulator, event)
    return event


def control_of_stripe(simulator: Simulator) -> list[Route]:
    """Beside the control endpoints that every simulator has; all are POST."""
    table: dict[str, Deed] = {
        "/_control/accounts": _key,
        "/_control/webhook-endpoints": _endpoint,
        "/_control/subscriptions": _subscribe,
        "/_control/subscriptions/{id}": _change,
        "/_control/subscriptions/{id}/invoice": _bill,
        "/_control/invoices/{id}/pay": _pay,
        "/_control/invoices/{id}/fail": _fail,
        "/_control/checkout/{id}/complete": _complete,
        "/_control/events/{id}/resend": _resend,
    }
    return [Route(path, _deed(simulator, deed), methods=["POST"]) for path, deed in table.items()]
