"""Each attempt at a provider → one log line and one measurement; never a header, a body or a key."""

import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from prometheus_client import Histogram

from shared.errors import (
    CredentialRejectedError,
    PermanentError,
    ProviderRefusedError,
    RateLimitedError,
    RefusedForNowError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from shared.observability.logging import get_logger
from shared.observability.metrics import BUCKETS
from shared.resilience.http import Operation

T = TypeVar("T")

_log = get_logger("providers")
ATTEMPTS: Final = Histogram(
    "askpro_provider_attempts_seconds", "Time of one attempt.", ("operation", "outcome"), buckets=BUCKETS
)
#: The first that fits names the outcome.
_OUTCOMES: Final = (
    (CredentialRejectedError, "credential_rejected"),
    (RateLimitedError, "rate_limited"),
    (RefusedForNowError, "refused_for_now"),
    (UnknownOutcomeError, "unknown"),
    (UnexpectedAnswerError, "unexpected_answer"),
    (PermanentError, "refused"),
    (Exception, "failed"),
)


async def measured(operation: Operation, number: int, attempt: Callable[[], Awaitable[T]]) -> T:
    """Run ``attempt``; its result or error goes through unchanged. ``number`` counts from 1."""
    started = time.perf_counter()
    try:
        result = await attempt()
    except BaseException as error:
        _tell(operation, number, time.perf_counter() - started, error)
        raise
    _tell(operation, number, time.perf_counter() - started, None)
    return result


def outcome_of(error: BaseException | None) -> str:
    """``answered``, ``cancelled``, or what kind of error it was."""
    if error is None:
        return "answered"
    return next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "cancelled")


def _tell(operation: Operation, number: int, seconds: float, error: BaseException | None) -> None:
    outcome = outcome_of(error)
    ATTEMPTS.labels(operation.name, outcome).observe(seconds)
    fields = {"status": error.status} if isinstance(error, ProviderRefusedError) else {}
    level = _log.info if error is None or isinstance(error, PermanentError) else _log.warning
    level(
        "attempt.finished",
        operation=operation.name,
        outcome=outcome,
        provider_attempt=number,
        duration_ms=round(seconds * 1000, 1),
        reason=str(error)[:300] if error else None,
        **fields,
    )
