"""What exists at the providers for a branch, and the end of each way: provisioned, failed, taken down."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import delete, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.provisioner.content import Mode
from services.provisioner.store.branches import Target
from services.provisioner.store.leases import Lease, LeaseLostError, held
from shared.contracts import names
from shared.contracts.envelope import now
from shared.contracts.events import (
    BranchDeprovisioned,
    BranchProvisioned,
    BranchProvisioningFailed,
    BranchRefreshRequested,
)
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.scheduled import emit_later
from shared.db.settling import current_attempt
from shared.db.tables import Branch as BranchRow
from shared.db.tables import Provisioning as ProvisioningRow
from shared.db.tables import ProvisioningStep

_SOURCE: Final = "provisioner"
_MADE: Final = ("llm_id", "agent_id", "agent_version", "phone_number", "calcom_webhook_id", "content_hash")
_TESTED: Final = ("llm_hash", "test_batch_id", "tested_hash")


@dataclass(frozen=True, slots=True)
class Pause:
    """Neither done nor failed: the branch waits, as ``state`` says, for what ``reason`` says.

    ``look_again``: seconds until a refresh looks whether it has come. Without, whoever brings it about asks
    for one.
    """

    state: Literal["blocked", "testing"]
    reason: str
    look_again: float | None = None


@dataclass(slots=True)
class Provisioning:
    """The row while it is worked on. ``phone_number``: the one that may be bound to the agent.

    ``content_hash`` is set only while everything at the providers is as that content wants it. ``mode``: what
    the agent was set up as last. ``tested_hash``: of the LLM that passed its conversations last;
    ``test_batch_id``: the run under way, of the LLM ``llm_hash``.
    """

    lease: Lease
    target: Target
    reached_version: int
    mode: str
    llm_id: str | None = None
    agent_id: str | None = None
    agent_version: int | None = None
    phone_number: str | None = None
    calcom_webhook_id: str | None = None
    content_hash: str | None = None
    llm_hash: str | None = None
    test_batch_id: str | None = None
    tested_hash: str | None = None

    @property
    def known_llm_id(self) -> str:
        """Of the LLM that a step before has made sure of."""
        return _known(self.llm_id)

    @property
    def known_agent_id(self) -> str:
        """Of the agent that a step before has made sure of."""
        return _known(self.agent_id)

    @property
    def nothing_made(self) -> bool:
        """Nothing is known to exist at Retell."""
        return self.llm_id is None and self.agent_id is None and self.phone_number is None

    def made(self) -> dict[str, Any]:
        """The columns that say what exists."""
        return {name: getattr(self, name) for name in _MADE}

    def tested(self) -> dict[str, Any]:
        """The columns that say what was put to the test."""
        return {name: getattr(self, name) for name in _TESTED}

    def is_testing(self, llm_hash: str) -> bool:
        """A run of this LLM is under way."""
        return self.test_batch_id is not None and self.llm_hash == llm_hash

    def forget_all(self) -> None:
        """Nothing exists any more."""
        for name in (*_MADE, *_TESTED):
            setattr(self, name, None)


class Provisionings:
    """Every write needs the lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, lease: Lease, target: Target) -> Provisioning:
        """What exists so far; the story of an older version is forgotten."""
        async with self._database.transaction() as session:
            row = await session.get_one(ProvisioningRow, (lease.company_id, lease.branch_id))
            provisioning = provisioning_of(lease, target, row)
            if target.version > row.reached_version:
                await self._aim(session, provisioning, row.target_version)
            return provisioning

    async def save(self, provisioning: Provisioning) -> None:
        """Raises LeaseLostError."""
        async with self._database.transaction() as session:
            await self.write(session, provisioning)

    async def write(self, session: AsyncSession, provisioning: Provisioning, **fields: Any) -> None:
        """What exists, and ``fields``, within ``session``. Raises LeaseLostError."""
        written = await session.execute(
            update(ProvisioningRow)
            .where(held(provisioning.lease))
            .values(updated_at=func.now(), **provisioning.made(), **provisioning.tested(), **fields)
            .returning(ProvisioningRow.branch_id)
        )
        if written.first() is None:
            raise LeaseLostError(f"another worker has taken over branch {provisioning.lease.branch_id}")

    async def send(self, provisioning: Provisioning) -> None:
        """From here on what exists is neither the old content nor the new one. Raises LeaseLostError."""
        provisioning.content_hash = None
        async with self._database.transaction() as session:
            await self.write(session, provisioning, state="provisioning")
            await _set_status(session, provisioning, "provisioning")

    async def finish(self, provisioning: Provisioning, event: BranchProvisioned, mode: Mode) -> None:
        """Reached: row, branch, event and delivery in one transaction.

        There is news only for a version, or an agent that answers again: a refresh by itself is none.
        """
        news = mode == "live" and (provisioning.reached_version < event.version or provisioning.mode != mode)
        status = "provisioned" if mode == "live" else mode
        async with self._database.settling() as session:
            await self.write(
                session, provisioning, state="provisioned", mode=mode, reached_version=event.version
            )
            await _set_status(session, provisioning, status)
            if news:
                await emit(session, event, source=_SOURCE)

    async def end(self, provisioning: Provisioning, event: BranchDeprovisioned) -> None:
        """Taken down: row, branch, event and delivery in one transaction."""
        async with self._database.settling() as session:
            await self.write(session, provisioning, state="deprovisioned", reached_version=event.version)
            await _set_status(session, provisioning, "deleted")
            await emit(session, event, source=_SOURCE)

    async def pause(self, provisioning: Provisioning, pause: Pause) -> None:
        """The delivery is done, the branch is not: row, branch and delivery in one transaction."""
        async with self._database.settling() as session:
            await self.write(session, provisioning, state=pause.state)
            await _set_status(session, provisioning, pause.state)
            if pause.look_again is not None:
                await _look_again(session, provisioning.lease, pause.state, pause.look_again)

    async def fail(self, session: AsyncSession, provisioning: Provisioning, *, step: str, error: str) -> None:
        """Given up until a person changes something. Raises LeaseLostError."""
        await self.write(session, provisioning, state="failed")
        await _set_status(session, provisioning, "failed")
        branch = provisioning.target.branch
        failed = BranchProvisioningFailed(
            company_id=branch.company_id,
            branch_id=branch.branch_id,
            version=provisioning.target.version,
            branch_name=branch.name,
            step=step,
            error=error,
            failed_in=current_attempt(),
        )
        await emit(session, failed, source=_SOURCE)

    async def _aim(self, session: AsyncSession, provisioning: Provisioning, aimed_at: int) -> None:
        version, deleted = provisioning.target.version, provisioning.target.deleted
        state = "deprovisioning" if deleted else "provisioning"
        await self.write(session, provisioning, state=state, target_version=version)
        await _set_status(session, provisioning, "deleted" if deleted else state)
        if version != aimed_at:
            await session.execute(
                delete(ProvisioningStep).where(
                    ProvisioningStep.company_id == provisioning.lease.company_id,
                    ProvisioningStep.branch_id == provisioning.lease.branch_id,
                )
            )


def provisioning_of(lease: Lease, target: Target, row: ProvisioningRow) -> Provisioning:
    """What a row says that exists."""
    made = {name: getattr(row, name) for name in (*_MADE, *_TESTED)}
    return Provisioning(lease, target, row.reached_version, row.mode, **made)


def _known(made: str | None) -> str:
    if made is None:
        raise RuntimeError("a step ran before the one that makes what it needs")
    return made


async def _look_again(session: AsyncSession, lease: Lease, reason: str, delay: float) -> None:
    """An event of its own: waiting costs no attempt of the delivery that brought the branch here."""
    event = BranchRefreshRequested(
        company_id=lease.company_id, branch_id=lease.branch_id, reason=reason, requested_at=now()
    )
    await emit_later(session, event, source=_SOURCE, queue=names.PROVISIONER_BRANCHES, delay=delay)


async def _set_status(session: AsyncSession, provisioning: Provisioning, status: str) -> None:
    """Of the version worked on: a newer one that came meanwhile has not been begun."""
    lease = provisioning.lease
    await session.execute(
        update(BranchRow)
        .where(
            BranchRow.company_id == lease.company_id,
            BranchRow.id == lease.branch_id,
            BranchRow.version == provisioning.target.version,
        )
        .values(status=status)
    )
