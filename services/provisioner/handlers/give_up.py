"""dead_letter.recorded of our own queue → the branch says that it failed, and branch.provisioning_failed."""

from dataclasses import dataclass

from services.provisioner.store import Branches, GivenUp, Leases
from shared.contracts.events import DeadLetterRecorded


@dataclass(frozen=True, slots=True)
class GiveUpBranch:
    """Whatever made the dead letter: attempts that ran out, a crash, what cannot be sent. Idempotent.

    A replay works toward the same version again. What was refused for good has said so itself.
    """

    queue: str
    branches: Branches
    leases: Leases
    given_up: GivenUp

    async def __call__(self, event: DeadLetterRecorded) -> None:
        if event.queue != self.queue:
            return
        lost = await self.given_up.lost(event.queue, event.dead_event_id)
        if lost is None or await self.branches.newest(lost.company_id, lost.branch_id) is None:
            return
        async with self.leases.of(lost.company_id, lost.branch_id) as lease:
            target = await self.branches.newest(lost.company_id, lost.branch_id)
            # Replayed meanwhile, or overtaken: somebody works on it.
            still = await self.given_up.lost(event.queue, event.dead_event_id)
            if target is not None and still is not None and lost.version in {None, target.version}:
                await self.given_up.tell(lease, target, lost, f"given up ({event.reason}): {event.error}")
