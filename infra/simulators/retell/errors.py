"""Retell's one shape of an error."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

UNKNOWN_ASSET = "Cannot find requested asset under given api key"


class Refusal(Exception):  # noqa: N818 - an answer to the client, not a fault of ours
    """An answer `{"status": "error", "message"}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def unknown_asset() -> Refusal:
    """Retell answers 422, not 404, for an id that it does not know."""
    return Refusal(422, UNKNOWN_ASSET)


def shape(status: int, message: str, _path: str = "") -> dict[str, Any]:
    """The body of any error."""
    throttled = "Account rate limited, please throttle your requests."
    return {"status": "error", "message": throttled if status == 429 else message}  # noqa: PLR2004


async def answer_refusal(_: Request, error: Exception) -> Response:
    """Starlette's handler of Refusal."""
    assert isinstance(error, Refusal)  # noqa: S101 - Starlette's table of handlers loses the type
    return JSONResponse(shape(error.status, error.message), status_code=error.status)


async def answer_unknown_path(request: Request, _: Exception) -> Response:
    """What a removed endpoint answers."""
    return JSONResponse(shape(404, f"Cannot {request.method} {request.url.path}"), status_code=404)
