"""Errors over HTTP as ``application/problem+json`` (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("http")


def problem(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> JSONResponse:
    """``detail`` tells a person what to do next; ``members`` are added as they are."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **members,
    }
    return JSONResponse(body, status, headers, media_type="application/problem+json")


async def on_http_exception(_: Request, error: Exception) -> Response:
    """Starlette's own errors (404, 405, …)."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class
    return problem(error.status_code, error.detail, headers=error.headers)


async def on_infrastructure_error(_: Request, error: Exception) -> Response:
    """Database or broker away: come again."""
    _log.warning("request.postponed", reason=str(error))
    return problem(
        503, "Part of the platform is away for a moment; send it again.", headers={"Retry-After": "5"}
    )


async def on_unexpected_error(_: Request, error: Exception) -> Response:
    """A bug of ours: the log has the stack, the answer has none."""
    _log.error("request.failed", exc_info=error)
    return problem(
        500, "Something went wrong here; the log has the details under this answer's X-Request-Id."
    )


EXCEPTION_HANDLERS: dict[Any, Any] = {
    HTTPException: on_http_exception,
    InfrastructureError: on_infrastructure_error,
    Exception: on_unexpected_error,
}
