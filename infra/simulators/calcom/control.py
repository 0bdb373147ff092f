"""Control of the simulated Cal.com: accounts, event types, triggers that nobody calls for."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.calcom.accounts import add_account
from infra.simulators.calcom.booking_changes import booking_of
from infra.simulators.calcom.errors import Refusal
from infra.simulators.calcom.event_types import event_type_of, make_event_type, shown
from infra.simulators.calcom.payloads import ping
from infra.simulators.calcom.teams import add_team
from infra.simulators.calcom.webhooks import announce_meeting, send
from infra.simulators.control_routes import Endpoint
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document


def _accounts(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            return JSONResponse(add_account(simulator.store, await request.json()), status_code=201)
        return JSONResponse(simulator.store.all("accounts"))

    return endpoint


def _event_types(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = await request.json()
        owner = simulator.store.get("accounts", str(body.pop("ownerId")))
        if owner is None:
            raise Refusal(404, "no such account")
        return JSONResponse(shown(make_event_type(simulator.store, owner, body)), status_code=201)

    return endpoint


def _teams(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(add_team(simulator.store, await request.json()), status_code=201)

    return endpoint


def _webhook(simulator: Simulator) -> Endpoint:
    """As somebody does in the dashboard while nobody looks: any field, or the whole of it."""

    async def endpoint(request: Request) -> Response:
        webhook = _known_webhook(simulator, request)
        if request.method == "DELETE":
            simulator.store.delete("webhooks", webhook["id"])
            return JSONResponse(webhook)
        changed = {**webhook, **await request.json(), "id": webhook["id"]}
        return JSONResponse(simulator.store.put("webhooks", webhook["id"], changed))

    return endpoint


def _known_webhook(simulator: Simulator, request: Request) -> Document:
    webhook = simulator.store.get("webhooks", request.path_params["webhook_id"])
    if webhook is None:
        raise Refusal(404, "no such webhook")
    return webhook


def _end_meeting(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        booking = booking_of(simulator, request.path_params["uid"])
        event_type = event_type_of(simulator.store, booking["eventTypeId"])
        await announce_meeting(simulator, "MEETING_ENDED", event_type, booking)
        return JSONResponse({})

    return endpoint


def _ping(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        webhook = _known_webhook(simulator, request)
        content = {"payload": ping(simulator.clock.now())}
        return JSONResponse({"status": await send(simulator, webhook, "PING", content)})

    return endpoint


def control_of_calcom(simulator: Simulator) -> list[Route]:
    """Beside the control endpoints that every simulator has."""
    return [
        Route("/_control/accounts", _accounts(simulator), methods=["GET", "POST"]),
        Route("/_control/event-types", _event_types(simulator), methods=["POST"]),
        Route("/_control/teams", _teams(simulator), methods=["POST"]),
        Route("/_control/webhooks/{webhook_id}", _webhook(simulator), methods=["PATCH", "DELETE"]),
        Route("/_control/bookings/{uid}/meeting-ended", _end_meeting(simulator), methods=["POST"]),
        Route("/_control/webhooks/{webhook_id}/ping", _ping(simulator), methods=["POST"]),
    ]
