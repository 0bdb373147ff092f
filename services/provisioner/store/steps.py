"""The story of each step: begun, done or failed, how often, how long, and why."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from prometheus_client import Histogram
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.provisioner.store.provisionings import Provisioning, Provisionings
from shared.db.engine import Database
from shared.db.tables import ProvisioningStep
from shared.errors import CredentialRejectedError, PermanentError
from shared.observability.metrics import BUCKETS

_LONGEST_ERROR: Final = 1_000
_SECONDS: Final = Histogram(
    "askpro_provisioning_steps_seconds",
    "Time of one step of a provisioning.",
    ("step", "state"),
    buckets=BUCKETS,
)


class Steps:
    """Each step is saved before the next begins."""

    def __init__(self, database: Database, provisionings: Provisionings) -> None:
        self._database = database
        self._provisionings = provisionings

    @asynccontextmanager
    async def step(self, provisioning: Provisioning, name: str) -> AsyncIterator[None]:
        """Run the block as step ``name``; at its end ``provisioning`` is saved.

        A permanent refusal makes the branch failed and emits ``branch.provisioning_failed``; every error goes
        on to whoever decides about the delivery.

        Raises:
            LeaseLostError: another worker took over; nothing was saved.
        """
        started = time.monotonic()
        await self._begin(provisioning, name)
        try:
            yield
        except PermanentError as error:
            await self._stop(provisioning, name, error, time.monotonic() - started)
            raise
        except Exception as error:
            await self._tell(provisioning, name, "retrying", time.monotonic() - started, error)
            raise
        await self._finish(provisioning, name, time.monotonic() - started)

    async def _begin(self, provisioning: Provisioning, name: str) -> None:
        async with self._database.transaction() as session:
            await self._provisionings.write(session, provisioning)
            await _upsert(session, provisioning, name, state="running", attempt=1, error=None)

    async def _finish(self, provisioning: Provisioning, name: str, seconds: float) -> None:
        async with self._database.transaction() as session:
            await self._provisionings.write(session, provisioning)
            await _upsert(session, provisioning, name, **_told("done", name, seconds))

    async def _stop(
        self, provisioning: Provisioning, name: str, error: PermanentError, seconds: float
    ) -> None:
        if isinstance(error, CredentialRejectedError):
            # A key that is refused is replaced, not the branch given up: the delivery waits for it.
            await self._tell(provisioning, name, "waiting", seconds, error)
            return
        async with self._database.transaction() as session:
            await self._provisionings.fail(session, provisioning, step=name, error=_words(error))
            await _upsert(session, provisioning, name, **_told("failed", name, seconds, error))

    async def _tell(
        self, provisioning: Provisioning, name: str, state: str, seconds: float, error: Exception
    ) -> None:
        async with self._database.transaction() as session:
            await _upsert(session, provisioning, name, **_told(state, name, seconds, error))


def _told(state: str, name: str, seconds: float, error: Exception | None = None) -> dict[str, Any]:
    _SECONDS.labels(name, state).observe(seconds)
    return {"state": state, "duration_seconds": seconds, "error": None if error is None else _words(error)}


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:_LONGEST_ERROR]


async def _upsert(
    session: AsyncSession, provisioning: Provisioning, name: str, *, attempt: int = 0, **fields: Any
) -> None:
    """``attempt`` is added to the attempts so far."""
    lease = provisioning.lease
    await session.execute(
        insert(ProvisioningStep)
        .values(company_id=lease.company_id, branch_id=lease.branch_id, step=name, attempt=attempt, **fields)
        .on_conflict_do_update(
            index_elements=[
                ProvisioningStep.step,
                ProvisioningStep.company_id,
                ProvisioningStep.branch_id,
            ],
            set_={**fields, "attempt": ProvisioningStep.attempt + attempt, "updated_at": func.now()},
        )
    )
