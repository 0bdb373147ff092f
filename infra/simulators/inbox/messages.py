"""Received messages: kept in order, listed, deleted; the same for mail, chat and SMS."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.control_routes import Endpoint
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document


def keep(simulator: Simulator, message: Document) -> Document:
    """Stored when this returns; `id` and `received_at` are added."""
    number = simulator.store.next_number("messages")
    received = {"id": number, "received_at": simulator.clock.now().isoformat(), **message}
    return simulator.store.put("messages", str(number), received)


def _matches(message: Document, name: str, wanted: str) -> bool:
    """Part of the text, or of one text of a list, without regard to case."""
    value: Any = message.get(name)
    texts = value if isinstance(value, list) else [value or ""]
    return any(wanted.lower() in str(text).lower() for text in texts)


def _list(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        wanted = dict(request.query_params)
        messages = [
            message
            for message in simulator.store.all("messages")
            if all(_matches(message, name, text) for name, text in wanted.items())
        ]
        if request.method == "DELETE":
            simulator.store.save([("messages", str(message["id"]), None) for message in messages])
        return JSONResponse(messages)

    return endpoint


def _one(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        message = simulator.store.get("messages", request.path_params["message_id"])
        return JSONResponse(message, status_code=200 if message else 404)

    return endpoint


def message_routes(simulator: Simulator) -> list[Route]:
    """GET and DELETE /messages with any field as a filter (`to`, `subject`, `text`, …), GET one."""
    return [
        Route("/messages", _list(simulator), methods=["GET", "DELETE"]),
        Route("/messages/{message_id:int}", _one(simulator), methods=["GET"]),
    ]
