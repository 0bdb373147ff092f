"""Mailbox, chat and SMS as HTTP apps."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.simulators.control_routes import Endpoint, control_routes
from infra.simulators.gateway import Gateway
from infra.simulators.inbox.messages import keep, message_routes
from infra.simulators.simulator import Simulator, open_simulator
from infra.simulators.store import Document

_CONTENT = ("text", "blocks", "attachments")


def open_mailbox(folder: Path | None) -> Simulator:
    """State of the mailbox and its SMTP server."""
    return open_simulator("mailbox", {}, folder)


def open_chat(folder: Path | None) -> Simulator:
    """State of the chat."""
    return open_simulator("chat", {}, folder)


def open_sms(folder: Path | None) -> Simulator:
    """State of the SMS service."""
    return open_simulator("sms", {}, folder)


def _app(simulator: Simulator, routes: list[Route]) -> ASGIApp:
    app = Starlette(routes=[*control_routes(simulator), *routes, *message_routes(simulator)])
    return Gateway(app, simulator, _shape)


def _shape(status: int, message: str, _path: str) -> Document:
    return {"ok": False, "error": "rate_limited" if status == 429 else message}  # noqa: PLR2004


def mailbox_app(simulator: Simulator) -> ASGIApp:
    """Reading what the SMTP server took."""
    return _app(simulator, [])


def _payload(raw: bytes, kind: str) -> Any:
    """Slack takes JSON, or a form with the JSON in `payload`; None for neither."""
    text = raw.decode("utf-8", "replace")
    if "form" in kind:
        text = parse_qs(text).get("payload", [""])[0]
    try:
        return json.loads(text)
    except ValueError:
        return None


def _hook(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        payload = _payload(await request.body(), request.headers.get("content-type", ""))
        if not isinstance(payload, dict):
            return PlainTextResponse("invalid_payload", status_code=400)
        if not any(payload.get(name) for name in _CONTENT):
            return PlainTextResponse("no_text", status_code=400)
        keep(
            simulator, {"hook": request.path_params["name"], "text": payload.get("text"), "payload": payload}
        )
        return PlainTextResponse("ok")

    return endpoint


def chat_app(simulator: Simulator) -> ASGIApp:
    """Slack-compatible incoming webhooks, one per name."""
    return _app(simulator, [Route("/hooks/{name:path}", _hook(simulator), methods=["POST"])])


def _sms(simulator: Simulator) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        payload = _payload(await request.body(), "json")
        if not isinstance(payload, dict) or not payload.get("message"):
            return JSONResponse({"error": "message is required"}, status_code=400)
        message = {"to": request.path_params.get("to") or payload.get("to"), "text": payload["message"]}
        kept = keep(simulator, {**message, "title": payload.get("title"), "payload": payload})
        return JSONResponse({"id": kept["id"]}, status_code=200)

    return endpoint


def sms_app(simulator: Simulator) -> ASGIApp:
    """The JSON that Apprise's `json://` sends, to /messages or /messages/<number>."""
    endpoint = _sms(simulator)
    routes = [
        Route("/messages", endpoint, methods=["POST"]),
        Route("/messages/{to:path}", endpoint, methods=["POST"]),
    ]
    return _app(simulator, routes)
