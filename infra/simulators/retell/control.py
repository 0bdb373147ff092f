"""Control of the simulated Retell: workspaces, and calls that somebody makes."""

import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.control_routes import Endpoint
from infra.simulators.retell import calls
from infra.simulators.retell.case_runs import ANY_CASE, OUTCOMES
from infra.simulators.retell.errors import unknown_asset
from infra.simulators.retell.phone import Phone
from infra.simulators.retell.versions import new_id
from infra.simulators.store import Document, Store


def add_workspace(store: Store, wanted: Document) -> Document:
    """Seeds a workspace; its API key also signs its webhooks."""
    workspace: Document = {
        "id": new_id("org_", 16),
        "name": "Workspace",
        "api_key": f"key_{secrets.token_hex(14)}",
        **wanted,
    }
    key = {"workspace": workspace["id"]}
    store.save([("workspaces", workspace["id"], workspace), ("keys", workspace["api_key"], key)])
    return workspace


def _workspaces(phone: Phone) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            workspace = add_workspace(phone.simulator.store, await request.json())
            return JSONResponse(workspace, status_code=201)
        return JSONResponse(phone.simulator.store.all("workspaces"))

    return endpoint


def _told(record: Document) -> Document:
    call = record["call"]
    dialogue = call.get("transcript_with_tool_calls") or []
    return {
        "call_id": record["id"],
        "finished": record["finished"],
        "call": call,
        "dialogue": dialogue,
        "functions": record["functions"],
        "inbound": record.get("inbound"),
        "times": record.get("times") or [],
    }


def _place(phone: Phone) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        wish = await request.json()
        call_id = phone.ring(wish)
        if wish.get("wait") is False:
            return JSONResponse({"call_id": call_id}, status_code=202)
        await phone.wait(call_id)
        return JSONResponse(_told(calls.record_of(phone.simulator, call_id)))

    return endpoint


def _look(phone: Phone) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(_told(calls.record_of(phone.simulator, request.path_params["call_id"])))

    return endpoint


def _numbers(phone: Phone) -> Endpoint:
    """A number whose trunk dials into Retell: there without termination URI, as no endpoint makes it."""

    async def endpoint(request: Request) -> Response:
        wish = await request.json()
        store, clock = phone.simulator.store, phone.simulator.clock
        if store.get("workspaces", str(wish.get("workspace"))) is None:
            raise unknown_asset()
        number = {
            "phone_number_type": "custom",
            "phone_number_pretty": wish["phone_number"],
            **wish,
            "last_modification_timestamp": clock.milliseconds(),
        }
        return JSONResponse(store.put("numbers", wish["phone_number"], number), status_code=201)

    return endpoint


def _outcomes(phone: Phone) -> Endpoint:
    """How test cases of that name will end, from the next run on."""

    async def endpoint(request: Request) -> Response:
        store = phone.simulator.store
        if request.method == "DELETE":
            store.save([("test-outcomes", each["name"], None) for each in store.all("test-outcomes")])
            return JSONResponse([])
        wish = await request.json()
        outcome = {"name": wish.get("name", ANY_CASE), "status": wish.get("status")}
        if outcome["status"] not in OUTCOMES:
            return JSONResponse({"error": f"status must be one of {', '.join(OUTCOMES)}"}, status_code=400)
        outcome["explanation"] = wish.get("explanation", "Decided by control.")
        return JSONResponse(store.put("test-outcomes", outcome["name"], outcome), status_code=201)

    return endpoint


def control_of_retell(phone: Phone) -> list[Route]:
    """Beside the control endpoints that every simulator has."""
    return [
        Route("/_control/workspaces", _workspaces(phone), methods=["GET", "POST"]),
        Route("/_control/numbers", _numbers(phone), methods=["POST"]),
        Route("/_control/test-outcomes", _outcomes(phone), methods=["POST", "DELETE"]),
        Route("/_control/calls", _place(phone), methods=["POST"]),
        Route("/_control/calls/{call_id}", _look(phone), methods=["GET"]),
    ]
