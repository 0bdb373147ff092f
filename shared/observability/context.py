"""What the code is working on right now: one context per request or delivery, on every log line and event."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog
from opentelemetry import propagate, trace

_tracer = trace.get_tracer("askpro")


@dataclass(frozen=True, slots=True)
class Cause:
    """Where an event that is written now comes from. ``event_id`` is None inside an HTTP request."""

    correlation_id: str | None = None
    event_id: str | None = None
    company_id: str | None = None


_cause: ContextVar[Cause | None] = ContextVar("cause", default=None)


def current_cause() -> Cause:
    """The cause of whatever is written now; empty outside of requests and deliveries."""
    return _cause.get() or Cause()


@contextmanager
def working_on(name: str, cause: Cause, traceparent: str | None = None, **fields: object) -> Iterator[None]:
    """Everything inside is part of span ``name``; ``fields`` are on each of its log lines.

    ``traceparent`` (W3C) continues the trace of the producer; a malformed one starts a new trace.
    """
    parent = propagate.extract({"traceparent": traceparent}) if traceparent else None
    bound = {
        "correlation_id": cause.correlation_id,
        "event_id": cause.event_id,
        "company_id": cause.company_id,
        **fields,
    }
    token, around = _cause.set(cause), structlog.contextvars.get_contextvars()
    with _tracer.start_as_current_span(name, context=parent):
        bind(**bound)
        try:
            yield
        finally:
            _cause.reset(token)
            # What was bound on the way goes too: the next delivery is another company's.
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(**around)


def bind(**fields: object) -> None:
    """Add fields to every later log line of this request or delivery; None is left out."""
    structlog.contextvars.bind_contextvars(**{key: item for key, item in fields.items() if item is not None})


def traceparent() -> str | None:
    """The W3C ``traceparent`` of the current span, None outside of one."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    """32 hexadecimal digits, None outside of a span."""
    span = trace.get_current_span().get_span_context()
    return f"{span.trace_id:032x}" if span.is_valid else None
