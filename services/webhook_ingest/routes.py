"""HTTP → handlers → HTTP; the body is read within its limit before anybody looks at it."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.webhook_ingest.rejections import Refused
from services.webhook_ingest.values import Accepted, Deadline, Pong, RefusedError, Sender
from shared.db.vault import SealedByUnknownKeyError
from shared.health.problem import problem
from shared.observability.context import bind
from shared.observability.logging import get_logger

_log = get_logger("webhook")
_JSON: Final = ("application/json", "application/cloudevents+json")
#: Read and thrown away so that the sender gets its 413 instead of a broken pipe.
_DISCARDED: Final = 64 * 1024 * 1024
#: Only a person can help here.
_UNREADABLE: Final = "The company's keys cannot be read here at the moment: send it again."

Accept = Callable[[Sender], Awaitable[Accepted | Pong]]
OnRefused = Callable[[Refused], None]


def webhook_routes(
    table: dict[str, Accept], *, max_body_bytes: int, answer_seconds: float, refused: OnRefused
) -> list[Route]:
    """One POST route per line of ``table``; ``answer_seconds`` count from the body's last byte.

    ``refused`` is told of each request that is not taken; it returns at once.
    """
    return [
        Route(path, _endpoint(accept, max_body_bytes, answer_seconds, refused), methods=["POST"])
        for path, accept in table.items()
    ]


def _endpoint(
    accept: Accept, limit: int, seconds: float, refused: OnRefused
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        company_id, raw = request.path_params.get("company_id"), b""
        bind(company_id=company_id)
        try:
            _require_json(request)
            raw = await _body(request, limit)
            result = await accept(Sender(raw, _headers(request), Deadline.after(seconds), company_id))
        except RefusedError as error:
            _log.warning("webhook.refused", status=error.status, reason=error.detail)
            refused(Refused(error, request.url.path, company_id, _headers(request), raw))
            return _refusal(error)
        except SealedByUnknownKeyError as error:
            _log.error("credentials.unreadable", reason=str(error))
            return problem(503, _UNREADABLE, headers={"Retry-After": "60"})
        except ClientDisconnect:
            _log.warning("webhook.abandoned")
            return Response(status_code=400)
        return _accepted(result)

    return endpoint


def _accepted(result: Accepted | Pong) -> Response:
    if isinstance(result, Pong):
        return JSONResponse({"status": "pong"})
    return JSONResponse({"event_id": result.event_id}, 202)


def _require_json(request: Request) -> None:
    # A sender that names no type gets the benefit of the doubt: the parser decides.
    given = request.headers.get("content-type", _JSON[0]).split(";")[0].strip().lower()
    if given not in _JSON:
        raise RefusedError(415, f"Send application/json, not {given}.")


async def _body(request: Request, limit: int) -> bytes:
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            parts.append(chunk)
        if size > _DISCARDED:
            break
    if size > limit:
        raise RefusedError(413, f"A body may have {limit:,} bytes.")
    return b"".join(parts)


def _headers(request: Request) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw}


def _refusal(error: RefusedError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
    members = {"errors": error.errors} if error.errors is not None else {}
    return problem(error.status, error.detail, headers=headers, **members)
