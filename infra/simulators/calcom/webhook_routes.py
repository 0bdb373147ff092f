"""Registration of webhooks, on the account and on one event type."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from starlette.routing import Route

from infra.simulators.calcom.access import Call, endpoint
from infra.simulators.calcom.errors import Refusal, validation
from infra.simulators.calcom.event_types import owned
from infra.simulators.calcom.paging import page
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_TRIGGERS_TEXT = (
    "BOOKING_CREATED BOOKING_PAYMENT_INITIATED BOOKING_PAID BOOKING_RESCHEDULED BOOKING_REQUESTED "
    "BOOKING_CANCELLED BOOKING_REJECTED BOOKING_NO_SHOW_UPDATED FORM_SUBMITTED MEETING_ENDED "
    "MEETING_STARTED RECORDING_READY INSTANT_MEETING RECORDING_TRANSCRIPTION_GENERATED OOO_CREATED "
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW AFTER_GUESTS_CAL_VIDEO_NO_SHOW FORM_SUBMITTED_NO_EVENT "
    "DELEGATION_CREDENTIAL_ERROR WRONG_ASSIGNMENT_REPORT"
)
TRIGGERS = frozenset(_TRIGGERS_TEXT.split())
_VERSIONS = {"2021-10-20", "2026-07-27"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DUPLICATE = "Webhook with this subscriber url already exists for this user"


def _check(body: Any, *, complete: bool) -> None:
    problems = []
    if complete and not isinstance(body.get("active"), bool):
        problems.append(("active", "active must be a boolean value"))
    if (complete or "subscriberUrl" in body) and not _is_allowed(body.get("subscriberUrl")):
        problems.append(("subscriberUrl", "subscriberUrl must be a public https URL address"))
    triggers = body.get("triggers")
    if (complete or "triggers" in body) and (not isinstance(triggers, list) or not set(triggers) <= TRIGGERS):
        problems.append(("triggers", "each value in triggers must be one of the supported triggers"))
    if body.get("version") not in {None, *_VERSIONS}:
        problems.append(("version", "version must be one of 2021-10-20, 2026-07-27"))
    if problems:
        raise validation(*problems)


def _is_allowed(url: Any) -> bool:
    """HTTPS and public, as at the provider; loopback alone may be plain HTTP, for one machine's sake."""
    parts = urlsplit(str(url or ""))
    if parts.hostname in _LOOPBACK:
        return parts.scheme in {"http", "https"}
    private = (parts.hostname or "").startswith(("10.", "192.168.", "169.254.", "172.16."))
    return parts.scheme == "https" and bool(parts.hostname) and not private


def _create(simulator: Simulator, user: int, event_type: int | None, body: Any) -> Document:
    _check(body, complete=True)
    same = (user, event_type, body["subscriberUrl"])
    for other in simulator.store.all("webhooks"):
        if (other["userId"], other["eventTypeId"], other["subscriberUrl"]) == same:
            raise Refusal(409, DUPLICATE)
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
        body = await call.json()
        _check(body, complete=False)
        allowed = {"subscriberUrl", "triggers", "active", "payloadTemplate", "secret", "version"}
        webhook = {**webhook, **{name: body[name] for name in body if name in allowed}}
        call.store.put("webhooks", webhook["id"], webhook)
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
