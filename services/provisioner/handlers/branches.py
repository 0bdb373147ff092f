"""One event about a branch: write down what it wants, then work toward the newest that is known."""

from dataclasses import dataclass

from services.provisioner.handlers.set_up import SetUp
from services.provisioner.handlers.take_down import TakeDown
from services.provisioner.store import Branches, Leases, Provisionings
from shared.contracts.events import BranchCreated, BranchDeleted, BranchUpdated


@dataclass(frozen=True, slots=True)
class ReachTarget:
    """What exists follows the newest version, whichever event brought us here. Idempotent.

    The version is read under the lease: whoever comes second finds it reached or works on.
    """

    branches: Branches
    leases: Leases
    provisionings: Provisionings
    set_up: SetUp
    take_down: TakeDown

    async def __call__(
        self, company_id: str, branch_id: str, *, refresh: bool = False, step: str | None = None
    ) -> None:
        """``refresh``: look even where the version is reached. ``step``: take that one again."""
        if await self.branches.newest(company_id, branch_id) is None:
            return
        async with self.leases.of(company_id, branch_id) as lease:
            target = await self.branches.newest(company_id, branch_id)
            if target is None:
                return
            provisioning = await self.provisionings.begin(lease, target)
            reached = provisioning.reached_version >= target.version
            if reached and (target.deleted or not refresh):
                return
            if target.deleted:
                await self.take_down(provisioning)
            elif step is not None:
                await self.set_up.again(provisioning, step)
            else:
                await self.set_up(provisioning)


@dataclass(frozen=True, slots=True)
class ProvisionBranch:
    """branch.created and branch.updated carry the whole branch; an older one changes nothing."""

    branches: Branches
    reach: ReachTarget

    async def __call__(self, event: BranchCreated | BranchUpdated, version: int) -> None:
        await self.branches.record(event, version)
        await self.reach(event.company_id, event.branch_id)


@dataclass(frozen=True, slots=True)
class DeprovisionBranch:
    """branch.deleted: deleted is a version too, so a late branch.updated does not bring it back."""

    branches: Branches
    reach: ReachTarget

    async def __call__(self, event: BranchDeleted, version: int) -> None:
        if await self.branches.record_deletion(event, version):
            await self.reach(event.company_id, event.branch_id)
