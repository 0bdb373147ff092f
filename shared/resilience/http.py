"""The border: whatever httpx raises and a provider answers → shared.errors, nothing else.

Before the request left us nothing happened there: TransientError. After that a request that creates something
may have had its effect: UnknownOutcomeError, and who created looks before it creates again.
"""

import time
from dataclasses import dataclass
from typing import Final, NoReturn, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from shared.contracts.wire import MalformedJsonError, parse_json
from shared.errors import (
    AskProError,
    ConflictError,
    CredentialRejectedError,
    NotFoundError,
    PermanentError,
    ProviderRefusedError,
    RateLimitedError,
    RefusedForNowError,
    TransientError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from shared.resilience.headers import pause, retry_after

T = TypeVar("T")

#: Nothing left us: no effect can have happened.
BEFORE_SENDING: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
#: The request or a part of it left us.
AFTER_SENDING: Final = (
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.DecodingError,
)
#: Our request or our use of the library is wrong; trying again changes nothing.
OUR_FAULT: Final = (
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.TooManyRedirects,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)
_UNAUTHORIZED: Final = 401
_REQUEST_TIMEOUT: Final = 408
#: Refused before it was processed, whatever the method.
_TOO_EARLY: Final = 425
_TOO_MANY: Final = 429
_UNPROCESSABLE: Final = 422
_CREDENTIAL: Final = frozenset({401, 402, 403})
_NO_CIRCUIT: Final = "none"
_UNKNOWN_ASSET: Final = "cannot find requested asset"


@dataclass(frozen=True, slots=True)
class Operation:
    """What is asked of whom. ``name``: ``calcom.bookings.create``; ``credential``: its circuit's name.

    ``idempotent``: repeating it changes nothing, so a lost answer is worth another try.
    ``about_thing``: statuses that this endpoint says about a thing, not about the key.
    """

    name: str
    idempotent: bool
    credential: str | None = None
    about_thing: frozenset[int] = frozenset()


def from_httpx(error: Exception, operation: Operation) -> AskProError:
    """What an exception of httpx means; ``from`` it, so that its story stays."""
    text = f"{operation.name}: {type(error).__name__} {error}".strip()
    if isinstance(error, httpx.HTTPStatusError):
        return from_status(error.response, operation)
    if isinstance(error, UnicodeEncodeError):
        return _unsendable(operation)
    if isinstance(error, BEFORE_SENDING):
        return TransientError(text)
    if isinstance(error, AFTER_SENDING):
        return lost(text, operation)
    if isinstance(error, OUR_FAULT):
        return PermanentError(text)
    # A class of a later httpx: the careful reading. A test fails before this line is ever needed.
    return lost(text, operation)


def _unsendable(operation: Operation) -> CredentialRejectedError:
    """Only a header can fail to be encoded, and of headers only the key comes from people."""
    words = "the key has characters that no key has"
    circuit = operation.credential or _NO_CIRCUIT
    text = f"{operation.name}: not sent, {words}"
    return CredentialRejectedError(text, status=_UNAUTHORIZED, circuit=circuit, detail=words)


def lost(text: str, operation: Operation, *, floor: float | None = None) -> TransientError:
    """The answer did not come or cannot be read: the effect may have happened."""
    kind = TransientError if operation.idempotent else UnknownOutcomeError
    return kind(text, retry_after=floor)


def raise_for_status(response: httpx.Response, operation: Operation) -> None:
    """Return on 2xx.

    Raises:
        AskProError: what any other status means.
    """
    if not response.is_success:
        raise from_status(response, operation)


def from_status(response: httpx.Response, operation: Operation) -> AskProError:
    """What a status other than 2xx means. Decided on the status; a body's code is only told on."""
    status, detail = response.status_code, words(response)
    text = f"{operation.name}: {status} {detail}"[:500]
    if status == _TOO_MANY:
        circuit = operation.credential or _NO_CIRCUIT
        return RateLimitedError(text, circuit=circuit, retry_after=pause(response.headers, time.time()))
    floor = retry_after(response.headers, time.time())
    if status == _TOO_EARLY:
        return RefusedForNowError(text, retry_after=floor)
    if status == _REQUEST_TIMEOUT or response.is_server_error:
        error = lost(text, operation, floor=floor)
        # Who says that we were too slow is there.
        error.answered = status == _REQUEST_TIMEOUT
        return error
    return _refused(text, status, detail, operation)


def _refused(text: str, status: int, detail: str, operation: Operation) -> ProviderRefusedError:
    if status in _CREDENTIAL - operation.about_thing:
        circuit = operation.credential or _NO_CIRCUIT
        return CredentialRejectedError(text, status=status, circuit=circuit, detail=detail)
    if status == 404 or (status == _UNPROCESSABLE and _UNKNOWN_ASSET in detail.lower()):  # noqa: PLR2004
        return NotFoundError(text, status=status, detail=detail)
    if status == 409:  # noqa: PLR2004
        return ConflictError(text, status=status, detail=detail)
    return ProviderRefusedError(text, status=status, detail=detail)


def parse(response: httpx.Response, shape: TypeAdapter[T], operation: Operation) -> T:
    """The body as ``shape``.

    Raises:
        TransientError: it is not JSON (a proxy's page, a cut-off answer); UnknownOutcomeError after a create.
        UnexpectedAnswerError: it is JSON of another shape.
    """
    try:
        return shape.validate_python(parse_json(response.content))
    except MalformedJsonError as error:
        raise lost(f"{operation.name}: the answer is not JSON: {error}", operation) from error
    except ValidationError as error:
        _raise_unexpected(error, operation)


def _raise_unexpected(error: ValidationError, operation: Operation) -> NoReturn:
    # Places and kinds only: the answer itself may hold a caller's name.
    found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
    raise UnexpectedAnswerError(f"{operation.name}: unexpected answer: {found}") from error


def words(response: httpx.Response) -> str:
    """What the provider says went wrong, whichever of the known shapes it uses; at most 2,000 characters."""
    try:
        body = parse_json(response.content)
    except MalformedJsonError:
        return response.text[:2_000]
    return str(_message(body) or response.text)[:2_000]


def _message(body: object) -> object:
    """``error.message`` (Cal.com, Stripe), ``message`` (Retell, Cal.com's races), ``error``, else None."""
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if isinstance(error, dict):
        details = error.get("details")
        problems = details.get("errors") if isinstance(details, dict) else None
        return f"{error.get('message', '')} {problems or ''}".strip()
    return body.get("message") or error
