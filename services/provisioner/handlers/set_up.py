"""Branch → LLM, agent, published version, number, webhook → branch.provisioned."""

from dataclasses import dataclass

from services.provisioner.content import Addresses, Wanted, wanted_for
from services.provisioner.handlers.engine import ensure_agent, ensure_llm, ensure_published
from services.provisioner.handlers.numbers import bind, release
from services.provisioner.handlers.webhooks import register
from services.provisioner.store import Branches, Companies, Provisioning, Provisionings, Steps
from shared.clients.calcom import Calcom
from shared.clients.providers import Providers
from shared.clients.retell import Retell
from shared.contracts.events import BranchProvisioned


@dataclass(frozen=True, slots=True)
class SetUp:
    """Each step is saved before the next, so a redelivery resumes where it stopped."""

    branches: Branches
    companies: Companies
    provisionings: Provisionings
    steps: Steps
    providers: Providers
    addresses: Addresses

    async def __call__(self, it: Provisioning) -> None:
        """Raises PermanentError where a person has to do something, TransientError where time will."""
        wanted = wanted_for(it.target.branch, self.addresses)
        async with self.steps.step(it, "credentials"):
            keys = await self.companies.keys(wanted.branch.company_id)
            retell_key, calcom_key = keys.complete()
            secret = await self.companies.webhook_secret(wanted.branch.company_id)
        # A replaced secret is a change too: Cal.com has to learn it.
        content = wanted.hash(retell_key, calcom_key, secret)
        if it.content_hash != content:
            # From here on what exists is neither the old content nor the new one.
            it.content_hash = None
            retell = self.providers.retell(wanted.branch.company_id, retell_key)
            calcom = self.providers.calcom(wanted.branch.company_id, calcom_key)
            await self._send(it, wanted, retell, calcom)
            it.content_hash = content
        await self.provisionings.finish(it, _provisioned(it))

    async def _send(self, it: Provisioning, wanted: Wanted, retell: Retell, calcom: Calcom) -> None:
        async with self.steps.step(it, "llm"):
            it.llm_id, it.agent_id = await ensure_llm(retell, wanted, it.llm_id, it.agent_id)
        async with self.steps.step(it, "agent"):
            it.agent_id = it.agent_id or await ensure_agent(retell, wanted, it.llm_id)
        async with self.steps.step(it, "version"):
            it.agent_version = await ensure_published(retell, wanted, it.llm_id, it.agent_id)
        await self._send_number(it, wanted, retell, it.agent_id)
        async with self.steps.step(it, "webhook"):
            it.calcom_webhook_id = await self.register_webhook(wanted, calcom, it.calcom_webhook_id)

    async def _send_number(self, it: Provisioning, wanted: Wanted, retell: Retell, agent_id: str) -> None:
        if it.phone_number not in {None, wanted.phone_number}:
            async with self.steps.step(it, "old number"):
                await release(retell, str(it.phone_number), agent_id)
                it.phone_number = None
        if wanted.phone_number is None:
            return
        async with self.steps.step(it, "number"):
            await self.branches.claim_number(wanted.branch, wanted.phone_number)
            # Saved before it is bound: a later version has to release it even if this answer is lost.
            it.phone_number = wanted.phone_number
            await self.provisionings.save(it)
            await bind(retell, wanted, wanted.phone_number, agent_id)
            await self.branches.mark_bound(wanted.branch, wanted.phone_number, agent_id)

    async def register_webhook(self, wanted: Wanted, calcom: Calcom, known: str | None = None) -> str:
        """Id of the company's one webhook. The secret is ours and kept before Cal.com knows it."""
        secret = await self.companies.webhook_secret(wanted.branch.company_id)
        return await register(calcom, wanted, secret, known)


def _provisioned(it: Provisioning) -> BranchProvisioned:
    branch = it.target.branch
    return BranchProvisioned(
        company_id=branch.company_id,
        branch_id=branch.branch_id,
        version=it.target.version,
        branch_name=branch.name,
        llm_id=it.llm_id or "",
        agent_id=it.agent_id or "",
        agent_version=it.agent_version or 0,
        phone_number=it.phone_number,
        calcom_webhook_id=it.calcom_webhook_id,
    )
