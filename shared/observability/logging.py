"""Log lines → JSON on stdout, one canonical line per unit of work; everybody's records take the same way."""

import logging
import logging.config
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import Processor

from shared.observability.context import trace_id
from shared.observability.redaction import redact_event, redact_text

_LOUDEST_FRAMES = 60
#: Third parties that say at INFO what we say better, or count a normal reconnection as an error.
_QUIETED = {
    "aiormq.connection": "CRITICAL",
    "aio_pika": "WARNING",
    "httpx": "WARNING",
    "httpcore": "WARNING",
    "uvicorn.access": "WARNING",
    "uvicorn.error": "WARNING",
    "alembic": "WARNING",
    "asyncio": "WARNING",
    "faststream": "WARNING",
    # It logs the URLs it cannot read, and they hold passwords.
    "apprise": "CRITICAL",
}
#: What they call an error costs nobody anything: a cache that did not answer, where we ask the provider
#: instead; a connection that was lost on its way back to the pool, which throws it away.
_NO_ERRORS = ("cashews.backends.redis.client", "sqlalchemy.pool.impl.AsyncAdaptedQueuePool")


def configure_logging(service: str, *, level: str = "INFO", format: str = "json") -> None:  # noqa: A002  # LOG_FORMAT
    """Every record of this process becomes one line on stdout. ``format``: json or console."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _adder(service),
        _describe_exception,
        redact_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_standard_logging(shared, level, format))


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; events are noun.past-tense, values are keyword arguments."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


def describe(error: BaseException) -> dict[str, Any]:
    """``{"class", "message", "place", "stack"}`` of an error; place is ``file:line function`` in our code.

    Message and stack hold no secrets, nor the data that was refused.
    """
    stack = "".join(traceback.format_exception(error, limit=-_LOUDEST_FRAMES))
    return {
        "class": f"{type(error).__module__}.{type(error).__qualname__}",
        "message": redact_text(str(error))[:500],
        "place": place_of(error),
        "stack": redact_text(stack),
    }


def place_of(error: BaseException) -> str:
    """Where it was raised: the innermost frame of our own code, else the innermost frame."""
    frames = list(_frames(error.__traceback__))
    ours = [frame for frame in frames if _is_ours(frame[0])] or frames
    if not ours:
        return "unknown"
    file, line, function = ours[-1]
    return f"{'/'.join(Path(file).parts[-3:])}:{line} {function}"


def _frames(trace: TracebackType | None) -> Any:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield code.co_filename, trace.tb_lineno, code.co_qualname
        trace = trace.tb_next


def _is_ours(file: str) -> bool:
    return "site-packages" not in file and any(part in file for part in ("/services/", "/shared/", "/infra/"))


def _describe_exception(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = describe(error)
    return event


def _adder(service: str) -> Processor:
    def add(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        if (trace := trace_id()) is not None:
            event["trace_id"] = trace
        return event

    return add


def _standard_logging(shared: list[Processor], level: str, format: str) -> dict[str, Any]:  # noqa: A002
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": [*shared[:2], structlog.stdlib.ExtraAdder(), *shared[2:]],
            }
        },
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}
        },
        "filters": {"calm": {"()": _Calm}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {name: {"level": quiet} for name, quiet in _QUIETED.items()}
        | {name: {"filters": ["calm"]} for name in _NO_ERRORS},
    }


class _Calm(logging.Filter):
    """An error that nobody suffers from is a warning, without a stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.WARNING:
            record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
        return True
