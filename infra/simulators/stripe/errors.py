"""Stripe's error object."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_TYPES = {402: "card_error", 429: "rate_limit_error"}


class Refusal(Exception):  # noqa: N818 - an answer to the client, not a fault of ours
    """An answer with Stripe's error object."""

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None, kind: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = error_object(status, message, param=param, code=code, kind=kind)


def error_object(
    status: int, message: str, *, param: str | None = None, code: str | None = None, kind: str = ""
) -> dict[str, Any]:
    """`type` follows from the status unless named."""
    usual = _TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")  # noqa: PLR2004
    error: dict[str, Any] = {"type": kind or usual, "message": message}
    if param:
        error["param"] = param
    if code:
        error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code}"}
    return error


def shape(status: int, message: str, _path: str = "") -> dict[str, Any]:
    """The body of a fault."""
    return {"error": error_object(status, message, code="rate_limit" if status == 429 else None)}  # noqa: PLR2004


def missing(noun: str, asked: str, param: str = "id") -> Refusal:
    """404 for an unknown id."""
    return Refusal(404, f"No such {noun}: '{asked}'", param=param, code="resource_missing")


async def answer_refusal(_: Request, error: Exception) -> Response:
    """Starlette's handler of Refusal."""
    assert isinstance(error, Refusal)  # noqa: S101 - Starlette's table of handlers loses the type
    return JSONResponse({"error": error.error}, status_code=error.status)


async def answer_unknown_path(request: Request, _: Exception) -> Response:
    """404 for a path that this part of Stripe does not have."""
    text = f"Unrecognized request URL ({request.method}: {request.url.path})."
    return JSONResponse({"error": error_object(404, text)}, status_code=404)
