"""orphan.removal_requested → it is gone at the provider, if it is still nobody's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from services.provisioner.content import agent_name
from services.provisioner.handlers.conversations import forget_cases
from services.provisioner.handlers.lookup import delete_known, existing
from services.provisioner.handlers.orphans import FindOrphans
from services.provisioner.store import Branches, Fate, Leases, Orphan, Orphans
from shared.clients.retell import Retell
from shared.contracts.events import OrphanRemovalRequested
from shared.contracts.orphans import PROVIDERS, orphan_id
from shared.errors import ProviderRefusedError, TransientError

#: Retell deletes no LLM that an agent uses.
_IN_USE: Final = 400


class StillUsedError(TransientError):
    """An agent uses the LLM; its own removal may be under way."""


@dataclass(frozen=True, slots=True)
class RemoveOrphan:
    """Looked for once more before it is deleted: a branch may have taken it since a person saw it."""

    orphans: Orphans
    find: FindOrphans
    branches: Branches
    leases: Leases

    async def __call__(self, wish: OrphanRemovalRequested) -> None:
        """Raises StillUsedError, BranchBusyError and whatever the provider's client raises. Idempotent."""
        name = await self.orphans.wished(wish)
        if name is None:
            return
        wanted = orphan_id(wish.kind, wish.external_id)
        branch_id = name.removeprefix(agent_name(wish.company_id, ""))
        async with self._alone(wish.company_id, branch_id):
            found = await self.find(wish.company_id, PROVIDERS[wish.kind])
            orphan = found.orphan(wanted)
            if orphan is not None:
                await self._delete(wish.company_id, orphan)
        fate: Fate = "removed" if orphan is not None else "kept" if wanted in found.ids else "gone"
        meanwhile = await self._came_meanwhile(wish.company_id, branch_id, orphan)
        await self.orphans.settle(wish, fate, name, needed_by=branch_id if meanwhile else None)

    @asynccontextmanager
    async def _alone(self, company_id: str, branch_id: str) -> AsyncIterator[None]:
        """Nobody works on the branch, where there is one; a webhook is named by none."""
        if await self.branches.newest(company_id, branch_id) is None:
            yield
            return
        async with self.leases.of(company_id, branch_id):
            yield

    async def _delete(self, company_id: str, orphan: Orphan) -> None:
        if orphan.kind == "webhook":
            # A branch that is entered this very moment may have found it: the regular look brings it back.
            calcom = await self.find.calcom(company_id)
            await delete_known(calcom.delete_webhook(orphan.external_id))
        else:
            await _delete_at_retell(await self.find.retell(company_id), orphan)

    async def _came_meanwhile(self, company_id: str, branch_id: str, gone: Orphan | None) -> bool:
        """A branch that nobody knew has no lease: it may have been entered, and have found what then went."""
        if gone is None or gone.reason != "branch_unknown":
            return False
        target = await self.branches.newest(company_id, branch_id)
        return target is not None and not target.deleted


async def _delete_at_retell(retell: Retell, orphan: Orphan) -> None:
    match orphan.kind:
        case "agent":
            await existing(retell.delete_agent(orphan.external_id))
        case "number":
            await existing(retell.delete_number(orphan.external_id))
        case _:
            await _delete_llm(retell, orphan.external_id, orphan.name)


async def _delete_llm(retell: Retell, llm_id: str, reference: str) -> None:
    # They are listed by their LLM alone: without it nobody finds them again.
    await forget_cases(retell, llm_id, reference)
    try:
        await existing(retell.delete_llm(llm_id))
    except ProviderRefusedError as error:
        if error.status != _IN_USE:
            raise
        raise StillUsedError(f"an agent uses {llm_id} still: remove that too") from error
