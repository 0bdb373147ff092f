"""One lease per branch: two workers never create at once, and one that lost its lease saves nothing."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.db.tables import Provisioning as ProvisioningRow
from shared.errors import InfrastructureError, TransientError

#: Seconds until the delivery that found the branch busy looks again; a provisioning takes 2-5 s.
_BUSY_SECONDS: Final = 2.0
#: Added to what is left of a lease, so that whoever comes back finds it ended.
_AFTER_ITS_END: Final = 0.5


class BranchBusyError(TransientError):
    """Another worker provisions this branch now."""


class LeaseLostError(TransientError):
    """Another worker took over while this one was held up: nothing of this one is saved any more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """``owner`` is unique for each attempt: two deliveries in one process are two workers."""

    company_id: str
    branch_id: str
    owner: str


def held(lease: Lease) -> ColumnElement[bool]:
    """Condition of every write: the row, and the lease still ours."""
    return and_(
        ProvisioningRow.company_id == lease.company_id,
        ProvisioningRow.branch_id == lease.branch_id,
        ProvisioningRow.lease_owner == lease.owner,
    )


class Leases:
    """``seconds``: longer than the longest call to a provider, or a call could outlive its lease."""

    def __init__(self, database: Database, *, seconds: float) -> None:
        self._database = database
        self._seconds = timedelta(seconds=seconds)
        #: Owners that have ended but could not give back, by branch: no reason to wait for them.
        self._left_behind: dict[tuple[str, str], str] = {}

    @contextlib.asynccontextmanager
    async def of(self, company_id: str, branch_id: str) -> AsyncIterator[Lease]:
        """The branch's lease, renewed in the background, given back at the end whatever happened.

        Raises:
            BranchBusyError: somebody else holds it.
        """
        lease = Lease(company_id, branch_id, secrets.token_hex(8))
        await self._take(lease)
        renewing = asyncio.create_task(self._renew_for_ever(lease), name="lease")
        try:
            yield lease
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            await self._give_back(lease)

    async def _take(self, lease: Lease) -> None:
        branch = (lease.company_id, lease.branch_id)
        values = self._values(lease)
        free = or_(
            ProvisioningRow.lease_until.is_(None),
            ProvisioningRow.lease_until < func.now(),
            ProvisioningRow.lease_owner == self._left_behind.get(branch, lease.owner),
        )
        async with self._database.transaction() as session:
            taken = await session.execute(
                insert(ProvisioningRow)
                .values(company_id=lease.company_id, branch_id=lease.branch_id, target_version=0, **values)
                .on_conflict_do_update(
                    index_elements=[ProvisioningRow.company_id, ProvisioningRow.branch_id],
                    set_=values,
                    where=free,
                )
                .returning(ProvisioningRow.branch_id)
            )
            if taken.first() is None:
                raise await self._busy(session, lease)
        self._left_behind.pop(branch, None)

    async def _busy(self, session: AsyncSession, lease: Lease) -> BranchBusyError:
        """A worker that was killed holds the branch to the end of its lease, and no longer."""
        left = select(func.extract("epoch", ProvisioningRow.lease_until - func.now())).where(
            ProvisioningRow.company_id == lease.company_id, ProvisioningRow.branch_id == lease.branch_id
        )
        seconds = float(await session.scalar(left) or 0.0)
        text = f"branch {lease.branch_id} is being provisioned by another worker"
        return BranchBusyError(text, retry_after=_BUSY_SECONDS, retry_within=seconds + _AFTER_ITS_END)

    async def _renew_for_ever(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self._seconds.total_seconds() / 4)
            # Without the database the lease runs out, and the next save finds that out.
            with contextlib.suppress(InfrastructureError):
                await self._write(lease, self._values(lease))

    async def _give_back(self, lease: Lease) -> None:
        try:
            await self._write(lease, {"lease_owner": None, "lease_until": None})
        except InfrastructureError:
            # For other processes it ends by itself; the same delivery, held until the database is back, need
            # not wait for that.
            self._left_behind[lease.company_id, lease.branch_id] = lease.owner

    async def _write(self, lease: Lease, values: dict[str, Any]) -> None:
        async with self._database.transaction() as session:
            await session.execute(update(ProvisioningRow).where(held(lease)).values(values))

    def _values(self, lease: Lease) -> dict[str, Any]:
        return {"lease_owner": lease.owner, "lease_until": func.now() + self._seconds}
