"""Every refusal and failure → ``application/problem+json``."""

from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.ops_console.store.refusals import NotKnownError, RefusedError, TooOftenError
from shared.errors import TransientError
from shared.health.problem import EXCEPTION_HANDLERS, on_infrastructure_error, problem

_PAUSE: Final = {"Retry-After": "900"}


async def _refused(_: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, RefusedError) else 409
    headers = _PAUSE if isinstance(error, TooOftenError) else None
    if isinstance(error, NotKnownError):
        headers = {"WWW-Authenticate": 'Basic realm="askpro", charset="UTF-8"'}
    return problem(status, str(error), headers=headers)


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class
    # Without the input: it may hold a key.
    errors = [{"field": _field(one["loc"]), "message": one["msg"]} for one in error.errors()]
    summary = "; ".join(f"{one['field']}: {one['message']}" for one in errors[:5])
    return problem(422, summary, errors=errors)


def _field(place: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in place if part not in {"body", "query", "path"}) or "body"


PROBLEMS: Final[dict[Any, Any]] = {
    **EXCEPTION_HANDLERS,
    RefusedError: _refused,
    RequestValidationError: _malformed,
    TransientError: on_infrastructure_error,
}
