"""Registration of webhooks, on the account and on one event type."""

import uuid
from typing import Any

from starlette.routing import Route

from infra.simulators.calcom.access import Call, endpoint
from infra.simulators.calcom.errors import Refusal
from infra.simulators.calcom.event_types import owned
from infra.simulators.calcom.paging import page
from infra.simulators.calcom.webhook_rules import check_webhook
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_CHANGEABLE = {"subscriberUrl", "triggers", "active", "payloadTemplate", "secret", "version"}
DUPLICATE = "Webhook with this subscriber url already exists for this user"


def _create(simulator: Simulator, user: int, event_type: int | None, body: Any) -> Document:
    body = check_webhook(body, complete=True)
    webhook: Document = {
        "id": str(uuid.uuid4()),
        "userId": user,
        "eventTypeId": event_type,
        "subscriberUrl": body["subscriberUrl"],
        "triggers": body["triggers"],
        "active": body["active"],
        "payloadTemplate": body.get("payloadTemplate"),
        "secret": body.get("secret"),
        "version": body.get("version") or "2021-10-20",
    }
    return _put(simulator, webhook)


def _put(simulator: Simulator, webhook: Document) -> Document:
    """409 for a second one of this user with the same address, wherever it is registered."""
    for other in simulator.store.all("webhooks"):
        same = (other["userId"], other["subscriberUrl"]) == (webhook["userId"], webhook["subscriberUrl"])
        if same and other["id"] != webhook["id"]:
            raise Refusal(409, DUPLICATE)
    return simulator.store.put("webhooks", webhook["id"], webhook)


def _find(call: Call, event_type: int | None) -> Document:
    webhook = call.store.get("webhooks", call.path("webhookId"))
    if webhook is None or webhook["eventTypeId"] != event_type:
        raise Refusal(404, f"Webhook ({call.path('webhookId')}) not found")
    if webhook["userId"] != call.account["id"]:
        raise Refusal(403, "User is not the owner of this webhook")
    return webhook


def _shown(webhook: Document) -> Document:
    hidden = "userId" if webhook["eventTypeId"] is not None else "eventTypeId"
    return {name: value for name, value in webhook.items() if name != hidden}


def _event_type(call: Call) -> int | None:
    if "eventTypeId" not in call.request.path_params:
        return None
    return int(owned(call.store, call.account, call.path("eventTypeId"))["id"])


def _list(call: Call, event_type: int | None) -> list[Document]:
    return [
        _shown(webhook)
        for webhook in call.store.all("webhooks")
        if (webhook["userId"], webhook["eventTypeId"]) == (call.account["id"], event_type)
    ]


async def _collection(call: Call) -> Any:
    event_type = _event_type(call)
    if call.method == "POST":
        return call.created(
            _shown(_create(call.simulator, call.account["id"], event_type, await call.json()))
        )
    listed = _list(call, event_type)
    if call.method == "DELETE":
        call.store.save([("webhooks", webhook["id"], None) for webhook in listed])
        return f"{len(listed)} webhooks deleted"
    return page(call, listed)[0]


async def _one(call: Call) -> Any:
    webhook = _find(call, _event_type(call))
    if call.method == "PATCH":
        body = check_webhook(await call.json(), complete=False)
        webhook = _put(
            call.simulator, {**webhook, **{name: body[name] for name in body if name in _CHANGEABLE}}
        )
    if call.method == "DELETE":
        call.store.delete("webhooks", webhook["id"])
    return _shown(webhook)


def webhook_routes(simulator: Simulator) -> list[Route]:
    """Webhooks of the account and of one event type."""
    every, single = endpoint(simulator, _collection), endpoint(simulator, _one)
    prefix = "/v2/event-types/{eventTypeId}/webhooks"
    return [
        Route("/v2/webhooks", every, methods=["GET", "POST"]),
        Route("/v2/webhooks/{webhookId}", single, methods=["GET", "PATCH", "DELETE"]),
        Route(prefix, every, methods=["GET", "POST", "DELETE"]),
        Route(prefix + "/{webhookId}", single, methods=["GET", "PATCH", "DELETE"]),
    ]
