"""Queues of dead letters → rows; what has its row already is only acknowledged."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from shared.contracts import names
from shared.db.failures import Content, Failure
from shared.db.settling import CurrentDelivery
from shared.errors import InfrastructureError
from shared.messaging.arrival import Arrival
from shared.observability.context import Cause, working_on
from shared.observability.logging import get_logger

_log = get_logger("dead_letters")
_RETRY_SECONDS: Final = 0.5
_WORDS: Final = {
    "delivery_limit": "it was handed over again and again without an answer: its worker died or hung",
    "rejected": "it was rejected before its failure could be written down",
}


class Graveyard(Protocol):
    """Where dead letters are kept."""

    async def bury(self, delivery: CurrentDelivery, content: Content, failure: Failure, reason: str) -> bool:
        """False: settled before. Raises InfrastructureError while the database is away."""
        ...


@dataclass(frozen=True, slots=True)
class FileDeadLetter:
    """Consumes ``queue``; acknowledges after the commit, holds while the database is away."""

    queue: str
    graveyard: Graveyard
    stopping: Callable[[], bool]

    async def __call__(self, arrival: Arrival) -> None:
        headers = arrival.message.raw_message.headers
        delivery = arrival.delivery(origin_of(headers) or self.queue)
        reason = reason_of(headers)
        given_up = given_up_at(headers) or arrival.received_at
        origin = {"service": names.service_of(delivery.queue), "filed_from": self.queue}
        failure = Failure(given_up, _error(reason), origin)
        cause = Cause(delivery.correlation_id, delivery.event_id, delivery.company_id)
        fields = {"queue": delivery.queue, "event_type": delivery.event_type, **arrival.about}
        with working_on(f"file {self.queue}", cause, arrival.traceparent, **fields):
            await self._file(arrival, delivery, failure, reason)

    async def _file(self, arrival: Arrival, delivery: CurrentDelivery, failure: Failure, reason: str) -> None:
        while not self.stopping():
            try:
                fresh = await self._bury(delivery, arrival.content, failure, reason)
            except InfrastructureError as error:
                _log.warning("dead_letter.waits", reason=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await arrival.message.ack()
                _log.info("dead_letter.filed", fresh=fresh, reason=reason)
                return

    async def _bury(self, delivery: CurrentDelivery, content: Content, failure: Failure, reason: str) -> bool:
        """As it is, else without what a column may refuse: the bytes keep it."""
        try:
            return await self.graveyard.bury(delivery, content, failure, reason)
        except InfrastructureError:
            raise
        except Exception:  # noqa: BLE001  # whatever it is, it must not stay nobody's
            _log.exception("dead_letter.refused")
            bare = CurrentDelivery(delivery.queue, delivery.event_id, delivery.attempt)
            return await self.graveyard.bury(bare, Content(content.body, {}), failure, reason)


def origin_of(headers: Mapping[str, Any]) -> str | None:
    """The work queue a dead letter comes from; what went through quarantine says so in a header of ours."""
    candidates = (
        headers.get(names.WORK_QUEUE),
        headers.get("x-first-death-queue"),
        _death(headers).get("queue"),
    )
    return next((str(name) for name in candidates if name), None)


def reason_of(headers: Mapping[str, Any]) -> str:
    """Why the broker moved it: ``delivery_limit``, ``rejected`` and so on."""
    reason = headers.get("x-first-death-reason") or _death(headers).get("reason")
    return str(reason or "unrecorded")


def given_up_at(headers: Mapping[str, Any]) -> datetime | None:
    """When the broker moved it, to the second: the console may have been away for hours."""
    at = _death(headers).get("time")
    return at.replace(tzinfo=at.tzinfo or UTC) if isinstance(at, datetime) else None


def _death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    deaths = headers.get("x-death")
    first = deaths[-1] if isinstance(deaths, list) and deaths else {}
    return first if isinstance(first, dict) else {}


def _error(reason: str) -> dict[str, Any]:
    message = _WORDS.get(reason, f"the broker moved it: {reason}")
    return {"class": f"broker.{reason}", "message": message, "place": "unknown", "stack": ""}
