"""Requests that ingest refused → rows that people look at, for a while."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from pydantic import ValidationError

from shared.contracts.names import REJECTED
from shared.contracts.rejected import RejectedRequest
from shared.errors import InfrastructureError
from shared.messaging.arrival import Arrival, answered
from shared.observability.context import Cause, working_on
from shared.observability.logging import get_logger

_log = get_logger("rejected")
_RETRY_SECONDS: Final = 0.5
#: Some hundred milliseconds a step: nobody waits for its locks.
_BATCH: Final = 1_000


class Sample(Protocol):
    """Where they are kept."""

    async def keep(self, request: RejectedRequest) -> bool:
        """False: it is there, or its day has enough. Raises InfrastructureError: the database is away."""
        ...

    async def forget(self, older_than: timedelta, batch: int) -> bool:
        """Whether some were forgotten. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class KeepRejected:
    """Acknowledges after the commit; waits while the database is away. What no row takes is only logged."""

    sample: Sample
    stopping: Callable[[], bool]

    async def __call__(self, arrival: Arrival) -> None:
        try:
            request = RejectedRequest.model_validate_json(arrival.message.raw_message.body)
        except ValidationError as error:
            _log.warning("rejected.unreadable", reason=f"{error.error_count()} fields")
            await answered(arrival.message.ack)
            return
        with working_on("keep rejected", Cause(company_id=request.company_id), queue=REJECTED):
            await self._keep(arrival, request)

    async def _keep(self, arrival: Arrival, request: RejectedRequest) -> None:
        while not self.stopping():
            try:
                fresh = await self.sample.keep(request)
            except InfrastructureError as error:
                _log.warning("rejected.waits", reason=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            except Exception:  # noqa: BLE001  # a sample: one that no column takes must not stop the others
                _log.exception("rejected.unstorable")
            else:
                _log.info("rejected.kept", fresh=fresh, provider=request.provider, status=request.status)
            await answered(arrival.message.ack)
            return


@dataclass(frozen=True, slots=True)
class ForgetRejected:
    """Everything that came more than ``keep`` ago; each batch is a transaction: it may stop anywhere."""

    sample: Sample
    keep: timedelta

    async def __call__(self) -> None:
        while await self.sample.forget(self.keep, _BATCH):
            pass
