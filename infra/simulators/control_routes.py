"""The control endpoints that every simulator has: faults, logs, settings, time, reset."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.simulator import Simulator

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def refused(error: Exception) -> JSONResponse:
    """400 with the reason, for a control request that makes no sense."""
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)


def _faults(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            try:
                return JSONResponse(asdict(simulator.faults.add(await request.json())), status_code=201)
            except (TypeError, ValueError) as error:
                return refused(error)
        if request.method == "DELETE":
            simulator.faults.clear()
        return JSONResponse([asdict(fault) for fault in simulator.faults.all()])

    return endpoint


def _fault(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        simulator.faults.remove(request.path_params["fault_id"])
        return JSONResponse([asdict(fault) for fault in simulator.faults.all()])

    return endpoint


def _requests(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "DELETE":
            simulator.requests.clear()
        query = request.query_params
        since = int(query.get("since", "0"))
        return JSONResponse(simulator.requests.entries(query.get("path"), query.get("method"), since))

    return endpoint


def _deliveries(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "DELETE":
            simulator.store.forget("deliveries")
        return JSONResponse(simulator.sender.deliveries(int(request.query_params.get("since", "0"))))

    return endpoint


def _settings(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            try:
                simulator.configure(await request.json())
            except KeyError as error:
                return refused(error)
        return JSONResponse(simulator.settings)

    return endpoint


def _time(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            now = (await request.json())["now"]
            simulator.clock.set(datetime.fromisoformat(now) if now else None)
        return JSONResponse({"now": simulator.clock.now().isoformat()})

    return endpoint


def _reset(simulator: Simulator) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        await simulator.reset()
        return JSONResponse({})

    return endpoint


def _ready(simulator: Simulator) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return JSONResponse({"status": "ready", "simulator": simulator.name})

    return endpoint


def control_routes(simulator: Simulator) -> list[Route]:
    """Health and control, the same for every provider."""
    return [
        Route("/health/ready", _ready(simulator)),
        Route("/health/live", _ready(simulator)),
        Route("/_control/faults", _faults(simulator), methods=["GET", "POST", "DELETE"]),
        Route("/_control/faults/{fault_id}", _fault(simulator), methods=["DELETE"]),
        Route("/_control/requests", _requests(simulator), methods=["GET", "DELETE"]),
        Route("/_control/deliveries", _deliveries(simulator), methods=["GET", "DELETE"]),
        Route("/_control/settings", _settings(simulator), methods=["GET", "POST"]),
        Route("/_control/time", _time(simulator), methods=["GET", "POST"]),
        Route("/_control/reset", _reset(simulator), methods=["POST"]),
    ]
