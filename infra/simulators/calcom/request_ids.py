"""`X-Request-Id` on every answer."""

import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RequestIds:
    """Middleware; the id is new for each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        header = (b"x-request-id", str(uuid.uuid4()).encode())

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), header]}
            await send(message)

        await self._app(scope, receive, with_id)
