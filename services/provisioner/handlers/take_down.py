"""A deleted branch → number, agent, LLM and, with the last one, webhook given up → branch.deprovisioned."""

from dataclasses import dataclass

from services.provisioner.content import Profile, Wanted, WantedWebhook, wanted_for
from services.provisioner.handlers.conversations import forget_cases
from services.provisioner.handlers.lookup import existing
from services.provisioner.handlers.numbers import give_back, release
from services.provisioner.handlers.set_up import SetUp
from services.provisioner.handlers.webhooks import unregister
from services.provisioner.store import Keys, Provisioning
from shared.clients.calcom import Calcom
from shared.clients.retell import Retell
from shared.contracts.events import BranchDeprovisioned


@dataclass(frozen=True, slots=True)
class TakeDown:
    """The reverse of ``SetUp``, with the same tools. What is gone already is as good as deleted."""

    set_up: SetUp

    async def __call__(self, it: Provisioning) -> None:
        """Raises PermanentError where a person has to do something, TransientError where time will."""
        made = self.set_up
        wanted = wanted_for(it.target.branch, made.addresses, Profile(), made.today())
        company_id = wanted.branch.company_id
        async with made.steps.step(it, "credentials"):
            keys = await made.companies.keys(company_id)
            _require_what_is_needed(keys, it)
        it.content_hash = None
        if keys.retell is not None:
            await self._end_agent(it, wanted, made.providers.retell(company_id, keys.retell))
        if keys.calcom is not None:
            calcom = made.providers.calcom(company_id, keys.calcom, region=keys.region)
            await self._end_webhook(it, await made.webhook(keys), calcom)
        it.forget_all()
        await made.provisionings.end(it, _deprovisioned(it))

    async def _end_agent(self, it: Provisioning, wanted: Wanted, retell: Retell) -> None:
        if it.phone_number is not None:
            async with self.set_up.steps.step(it, "number"):
                await release(retell, it.phone_number, it.agent_id)
                if it.target.release_number:
                    await give_back(retell, it.phone_number)
                it.phone_number = None
        async with self.set_up.steps.step(it, "agent"):
            await _delete_agent(retell, wanted, it.agent_id)
            it.agent_id = it.agent_version = None
        async with self.set_up.steps.step(it, "llm"):
            await _delete_llm(retell, wanted, it.llm_id)
            it.llm_id = None

    async def _end_webhook(self, it: Provisioning, webhook: WantedWebhook, calcom: Calcom) -> None:
        company_id = webhook.company_id
        async with self.set_up.steps.step(it, "webhook"):
            if await self.set_up.branches.is_last(company_id):
                await unregister(calcom, self.set_up.registrations, webhook, it.calcom_webhook_id)
                # A branch that was entered meanwhile may have found the webhook just before it went.
                if not await self.set_up.branches.is_last(company_id):
                    await self.set_up.register_webhook(webhook, calcom)
            it.calcom_webhook_id = None


def _require_what_is_needed(keys: Keys, it: Provisioning) -> None:
    """A company whose key is gone can still give up a branch that nothing was made for."""
    if not it.nothing_made:
        keys.for_retell()


async def _delete_agent(retell: Retell, wanted: Wanted, known: str | None) -> None:
    found = await retell.find_agent(wanted.reference) if known is None else None
    if agent_id := known or (found.agent_id if found else None):
        await existing(retell.delete_agent(agent_id))


async def _delete_llm(retell: Retell, wanted: Wanted, known: str | None) -> None:
    found = await retell.find_llm(wanted.reference) if known is None else None
    if llm_id := known or (found.llm_id if found else None):
        await forget_cases(retell, llm_id, wanted.reference)
        await existing(retell.delete_llm(llm_id))


def _deprovisioned(it: Provisioning) -> BranchDeprovisioned:
    branch = it.target.branch
    return BranchDeprovisioned(
        company_id=branch.company_id,
        branch_id=branch.branch_id,
        version=it.target.version,
        branch_name=branch.name,
    )
