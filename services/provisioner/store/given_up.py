"""Branches whose event has become a dead letter: nobody works on them until a person replays it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.provisioner.store.branches import Target
from services.provisioner.store.leases import Lease
from services.provisioner.store.provisionings import Provisionings, provisioning_of
from shared.contracts.envelope import Envelope, parse_envelope
from shared.contracts.events import BranchRefreshRequested
from shared.db.engine import Database
from shared.db.tables import Delivery, ProvisioningStep
from shared.db.tables import Provisioning as ProvisioningRow

#: Of a branch that has not come to its first step.
_NO_STEP = "start"


@dataclass(frozen=True, slots=True)
class LostEvent:
    """The branch that a dead event was about. ``version`` None: a refresh is for whatever is newest."""

    company_id: str
    branch_id: str
    version: int | None
    time: datetime


class GivenUp:
    """Dead events of the provisioner's queue, and what a branch says about its own."""

    def __init__(self, database: Database, provisionings: Provisionings) -> None:
        self._database = database
        self._provisionings = provisionings

    async def lost(self, queue: str, event_id: str) -> LostEvent | None:
        """The event, None where it is not dead any more, or about no branch."""
        query = select(Delivery.body).where(
            Delivery.queue == queue, Delivery.event_id == event_id, Delivery.state == "dead"
        )
        async with self._database.transaction() as session:
            body = await session.scalar(query)
        envelope = parse_envelope(body) if body is not None else None
        return _lost(envelope) if isinstance(envelope, Envelope) else None

    async def tell(self, lease: Lease, target: Target, lost: LostEvent, error: str) -> None:
        """Failed in the step that was not done, with one event; nothing where that is told or reached."""
        async with self._database.settling() as session:
            row = await session.get_one(ProvisioningRow, (lease.company_id, lease.branch_id))
            step = await _unfinished(session, lease)
            if _is_told(row, target, step) or _is_reached(row, target, lost):
                return
            provisioning = provisioning_of(lease, target, row)
            await self._provisionings.write(session, provisioning, target_version=target.version)
            await self._provisionings.fail(session, provisioning, step=_mark_failed(step), error=error)


def _is_told(row: ProvisioningRow, target: Target, step: ProvisioningStep | None) -> bool:
    """The branch has failed, and nothing was begun since."""
    failed = row.state == "failed" and row.target_version == target.version
    return failed and (step is None or step.state == "failed")


def _is_reached(row: ProvisioningRow, target: Target, lost: LostEvent) -> bool:
    reached = row.reached_version >= target.version
    if lost.version is not None:
        return reached
    # The version was reached before anybody asked for the refresh: what counts is work that ended since.
    return reached and row.state == "provisioned" and row.updated_at >= lost.time


def _lost(envelope: Envelope) -> LostEvent | None:
    data = envelope.data if isinstance(envelope.data, dict) else {}
    company_id, branch_id, version = (data.get(name) for name in ("company_id", "branch_id", "version"))
    if not isinstance(company_id, str) or not isinstance(branch_id, str):
        return None
    time = envelope.attributes.time
    if envelope.type == BranchRefreshRequested.type:
        return LostEvent(company_id, branch_id, None, time)
    counted = version if isinstance(version, int) else milliseconds(envelope)
    return LostEvent(company_id, branch_id, counted, time)


async def _unfinished(session: AsyncSession, lease: Lease) -> ProvisioningStep | None:
    """The last step that was begun and not done."""
    query = (
        select(ProvisioningStep)
        .where(
            ProvisioningStep.company_id == lease.company_id,
            ProvisioningStep.branch_id == lease.branch_id,
            ProvisioningStep.state != "done",
        )
        .order_by(ProvisioningStep.updated_at.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


def _mark_failed(step: ProvisioningStep | None) -> str:
    """Name of the step, which says so from here on."""
    if step is None:
        return _NO_STEP
    step.state, step.updated_at = "failed", func.now()
    return step.step


def milliseconds(envelope: Envelope) -> int:
    """The version of an event whose producer does not count."""
    return int(envelope.attributes.time.timestamp() * 1000)
