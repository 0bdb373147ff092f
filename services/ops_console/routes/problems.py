"""Every refusal and failure → ``application/problem+json``."""

from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.requests import Request
from starlette.responses import Response

from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import LoginNeededError, to_login
from services.ops_console.store.refusals import (
    BreaksContractError,
    NotKnownError,
    RefusedError,
    TooOftenError,
)
from shared.errors import InfrastructureError, TransientError
from shared.health.problem import EXCEPTION_HANDLERS, on_infrastructure_error, problem
from shared.observability.logging import describe, get_logger

_log = get_logger("console")
_PAUSE: Final = {"Retry-After": "900"}


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, RefusedError) else 409
    if _is_page(request):
        return render(request, "refused.html", None, status=status, detail=str(error))
    headers = _PAUSE if isinstance(error, TooOftenError) else None
    if isinstance(error, NotKnownError):
        headers = {"WWW-Authenticate": 'Basic realm="askpro", charset="UTF-8"'}
    return problem(status, str(error), headers=headers, **_members(error))


def _members(error: Exception) -> dict[str, Any]:
    if not isinstance(error, BreaksContractError):
        return {}
    return {"errors": [{"field": one.field, "message": one.message} for one in error.faults]}


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class
    # Without the input: it may hold a key.
    errors = [{"field": _field(one["loc"]), "message": one["msg"]} for one in error.errors()]
    summary = "; ".join(f"{one['field']}: {one['message']}" for one in errors[:5])
    if _is_page(request):
        return render(request, "refused.html", None, status=422, detail=summary)
    return problem(422, summary, errors=errors)


async def _unstorable(request: Request, error: Exception) -> Response:
    """Nothing is stored under a number of thirty digits or a text with a NUL, so nothing is found either."""
    _log.warning("request.unstorable", reason=describe(error)["message"])
    detail = "A value in this request is none that could be stored: a number too large, or a text with a NUL."
    if _is_page(request):
        return render(request, "refused.html", None, status=422, detail=detail)
    return problem(422, detail)


async def _away(request: Request, error: Exception) -> Response:
    answer = await on_infrastructure_error(request, error)
    if not _is_page(request):
        return answer
    detail = "Part of the platform is away for a moment; try again."
    return render(request, "refused.html", None, status=503, detail=detail)


def _is_page(request: Request) -> bool:
    # htmx accepts anything, and shows what it gets.
    is_asked_for = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    return is_asked_for and not request.url.path.startswith("/api/")


def _field(place: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in place if part not in {"body", "query", "path"}) or "body"


PROBLEMS: Final[dict[Any, Any]] = {
    **EXCEPTION_HANDLERS,
    RefusedError: _refused,
    RequestValidationError: _malformed,
    DataError: _unstorable,
    InfrastructureError: _away,
    TransientError: _away,
    LoginNeededError: to_login,
}
