"""Cal.com's two shapes of an error: its own envelope, and the one of errors its framework does not know."""

from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.simulators.calcom.times import iso_now

# The property, and what is wrong with it.
Problem: TypeAlias = tuple[str, str]
_CODES = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    409: "ConflictException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
}


class Refusal(Exception):  # noqa: N818 - an answer to the client, not a fault of ours
    """An answer in Cal.com's error envelope."""

    def __init__(self, status: int, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details


class RawRefusal(Exception):  # noqa: N818 - likewise
    """An answer in the second shape: `{"statusCode", "message"}` without envelope."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def validation(*problems: Problem) -> Refusal:
    """400 with one entry in `details.errors` per (property, text)."""
    errors = [{"property": name, "constraints": {"invalid": text}, "children": []} for name, text in problems]
    return Refusal(400, ", ".join(text for _, text in problems), {"errors": errors})


def envelope(
    status: int, message: str, path: str = "", details: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The body of an error in the first shape."""
    error: dict[str, Any] = {"code": _CODES.get(status, "InternalServerErrorException"), "message": message}
    if details is not None:
        error["details"] = {"message": message, "error": error["code"], "statusCode": status, **details}
    return {"status": "error", "timestamp": iso_now(), "path": path, "error": error}


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def answer_refusal(request: Request, error: Exception) -> Response:
    """Starlette's handler of Refusal."""
    assert isinstance(error, Refusal)  # noqa: S101 - Starlette's table of handlers loses the type
    content = envelope(error.status, error.message, _path(request), error.details)
    return JSONResponse(content, status_code=error.status)


async def answer_raw(_: Request, error: Exception) -> Response:
    """Starlette's handler of RawRefusal."""
    assert isinstance(error, RawRefusal)  # noqa: S101 - likewise
    return JSONResponse({"statusCode": error.status, "message": error.message}, status_code=error.status)


async def answer_unknown_path(request: Request, _: Exception) -> Response:
    """404 for a path, 405 included, that the API does not have."""
    content = envelope(404, f"Cannot {request.method} {_path(request)}", _path(request))
    return JSONResponse(content, status_code=404)
