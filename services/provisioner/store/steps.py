"""The story of each step: begun, done or failed, how often, how long, and why."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from prometheus_client import Histogram
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.provisioner.store.provisionings import Pause, Provisioning, Provisionings
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


@dataclass(slots=True)
class Step:
    """A step that is being taken. ``content``: hash of what it is for; ``pause``: what it has to wait for."""

    name: str
    content: str | None
    pause: Pause | None = None
    started: float = field(default_factory=time.monotonic)

    def told(self, state: str, error: str | None = None) -> dict[str, Any]:
        """Columns of how it ended."""
        seconds = time.monotonic() - self.started
        _SECONDS.labels(self.name, state).observe(seconds)
        return {"state": state, "duration_seconds": seconds, "error": error}


class Steps:
    """Each step is saved before the next begins."""

    def __init__(self, database: Database, provisionings: Provisionings) -> None:
        self._database = database
        self._provisionings = provisionings

    @asynccontextmanager
    async def step(
        self, provisioning: Provisioning, name: str, content: str | None = None
    ) -> AsyncIterator[Step]:
        """Run the block as step ``name``; at its end ``provisioning`` is saved.

        A permanent refusal makes the branch failed and emits ``branch.provisioning_failed``; every error goes
        on to whoever decides about the delivery.

        Raises:
            LeaseLostError: another worker took over; nothing was saved.
        """
        step = Step(name, content)
        await self._begin(provisioning, step)
        try:
            yield step
        except PermanentError as error:
            await self._stop(provisioning, step, error)
            raise
        except Exception as error:
            await self._tell(provisioning, step, "retrying", error)
            raise
        await self._finish(provisioning, step)

    async def done(self, provisioning: Provisioning, content: str) -> frozenset[str]:
        """Names of the steps that were done for this content."""
        query = select(ProvisioningStep.step).where(
            ProvisioningStep.company_id == provisioning.lease.company_id,
            ProvisioningStep.branch_id == provisioning.lease.branch_id,
            ProvisioningStep.state == "done",
            ProvisioningStep.content_hash == content,
        )
        async with self._database.transaction() as session:
            return frozenset((await session.execute(query)).scalars())

    async def _begin(self, provisioning: Provisioning, step: Step) -> None:
        async with self._database.transaction() as session:
            await self._provisionings.write(session, provisioning)
            await _upsert(session, provisioning, step, state="running", attempt=1, error=None)

    async def _finish(self, provisioning: Provisioning, step: Step) -> None:
        ended = ("done", None) if step.pause is None else (step.pause.state, step.pause.reason)
        async with self._database.transaction() as session:
            await self._provisionings.write(session, provisioning)
            await _upsert(session, provisioning, step, **step.told(*ended))

    async def _stop(self, provisioning: Provisioning, step: Step, error: PermanentError) -> None:
        if isinstance(error, CredentialRejectedError):
            # A key that is refused is replaced, not the branch given up: the delivery waits for it.
            await self._tell(provisioning, step, "waiting", error)
            return
        async with self._database.transaction() as session:
            await self._provisionings.fail(session, provisioning, step=step.name, error=_words(error))
            await _upsert(session, provisioning, step, **step.told("failed", _words(error)))

    async def _tell(self, provisioning: Provisioning, step: Step, state: str, error: Exception) -> None:
        async with self._database.transaction() as session:
            await _upsert(session, provisioning, step, **step.told(state, _words(error)))


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:_LONGEST_ERROR]


async def _upsert(
    session: AsyncSession, provisioning: Provisioning, step: Step, *, attempt: int = 0, **fields: Any
) -> None:
    """``attempt`` is added to the attempts so far."""
    lease = provisioning.lease
    key = {"company_id": lease.company_id, "branch_id": lease.branch_id, "step": step.name}
    fields |= {"content_hash": step.content}
    await session.execute(
        insert(ProvisioningStep)
        .values(**key, attempt=attempt, **fields)
        .on_conflict_do_update(
            index_elements=list(key),
            set_={**fields, "attempt": ProvisioningStep.attempt + attempt, "updated_at": func.now()},
        )
    )
