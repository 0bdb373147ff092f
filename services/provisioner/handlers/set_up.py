"""Branch → LLM, agent, published version, number, webhook → branch.provisioned."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from services.provisioner.content import Addresses, WantedWebhook, conversations_of, wanted_for, webhook_of
from services.provisioner.handlers.conversations import Rehearsal
from services.provisioner.handlers.job import Job
from services.provisioner.handlers.steps import CHECKS, REHEARSED, SENDING, Step, but
from services.provisioner.handlers.webhooks import register
from services.provisioner.store import (
    Branches,
    Companies,
    Keys,
    Pause,
    Profiles,
    Provisioning,
    Provisionings,
    Registrations,
    Steps,
    Trunks,
)
from shared.clients.calcom import Calcom
from shared.clients.providers import Providers
from shared.clients.retell import SipTrunk
from shared.contracts.events import BranchProvisioned


@dataclass(frozen=True, slots=True)
class SetUp:
    """Each step is saved before the next, so a redelivery resumes where it stopped."""

    branches: Branches
    companies: Companies
    profiles: Profiles
    trunks: Trunks
    provisionings: Provisionings
    steps: Steps
    registrations: Registrations
    providers: Providers
    addresses: Addresses
    today: Callable[[], date]
    rehearsal: Rehearsal

    async def __call__(self, it: Provisioning) -> None:
        """Everything is as it should be, or the branch waits for what a step says.

        Raises PermanentError where a person has to do something, TransientError where time will.
        """
        job = await self._job(it)
        await self._finish(job, await self._take(job, await self._stands(job)))

    async def again(self, it: Provisioning, step: str) -> None:
        """One step once more, and nothing else that is done. Raises as ``__call__``."""
        job = replace(await self._job(it), wished=step)
        done = but(await self.steps.done(it, job.content), step)
        # Whoever asks for it doubts what we know of it.
        it.content_hash = None
        await self.registrations.doubt(it.target.branch.company_id)
        await self._finish(job, await self._take(job, done))

    async def webhook(self, keys: Keys) -> WantedWebhook:
        """The company's one webhook. The secret is ours and kept before Cal.com knows it."""
        secret = await self.companies.webhook_secret(keys.company_id)
        return webhook_of(keys.company_id, self.addresses, secret=secret, account=keys.account)

    async def register_webhook(self, wanted: WantedWebhook, calcom: Calcom) -> str:
        """Id of the company's one webhook, looked for at Cal.com whatever we believe."""
        await self.registrations.doubt(wanted.company_id)
        return await register(calcom, self.registrations, wanted)

    async def _stands(self, job: Job) -> frozenset[str]:
        """What is not touched: the draft, while it is put to the test."""
        if not job.it.is_testing(job.wanted.llm_hash()):
            return frozenset()
        return await self.steps.done(job.it, job.content) & REHEARSED

    async def _job(self, it: Provisioning) -> Job:
        company_id = it.target.branch.company_id
        async with self.steps.step(it, "credentials"):
            keys = await self.companies.keys(company_id)
            retell_key, calcom_key = keys.complete()
            webhook = await self.webhook(keys)
            profile = await self.profiles.of(company_id)
            trunk = await self.trunks.of(company_id, it.target.branch.termination_uri)
        today = self.today()
        wanted = wanted_for(it.target.branch, self.addresses, profile, today)
        rehearsed = self.rehearsal.required and profile.mode == "live"
        return Job(
            it,
            wanted,
            profile,
            # A replaced secret is a change too: Cal.com has to learn it.
            content=wanted.hash(retell_key, keys.account, webhook.secret, *_access(trunk)),
            retell=self.providers.retell(company_id, retell_key),
            calcom=self.providers.calcom(company_id, calcom_key, region=keys.region),
            webhook=webhook,
            trunk=trunk,
            conversations=conversations_of(wanted.branch, wanted.reference, today) if rehearsed else (),
            rehearsal=self.rehearsal,
            branches=self.branches,
            provisionings=self.provisionings,
            registrations=self.registrations,
        )

    async def _take(self, job: Job, done: frozenset[str]) -> Pause | None:
        """Every step that is needed and not ``done``; where one makes something else, all that follow it."""
        for step in CHECKS:
            if step.needed(job) and (pause := await self._run(step, job)) is not None:
                return pause
        if job.it.content_hash == job.content:
            return None
        await self.provisionings.send(job.it)
        for step in SENDING:
            before = job.it.made()
            pause = await self._run(step, job) if step.needed(job) and step.name not in done else None
            if pause is not None:
                return pause
            done = done if job.it.made() == before else frozenset()
        return None

    async def _run(self, step: Step, job: Job) -> Pause | None:
        async with self.steps.step(job.it, step.name, job.content) as taken:
            taken.pause = await step.run(job)
        return taken.pause

    async def _finish(self, job: Job, pause: Pause | None) -> None:
        if pause is not None:
            await self.provisionings.pause(job.it, pause)
            return
        job.it.content_hash = job.content
        await self.provisionings.finish(job.it, _provisioned(job.it), job.profile.mode)


def _access(trunk: SipTrunk | None) -> tuple[str | None, ...]:
    return (trunk.termination_uri, trunk.username, trunk.password, trunk.transport) if trunk else ()


def _provisioned(it: Provisioning) -> BranchProvisioned:
    branch = it.target.branch
    return BranchProvisioned(
        company_id=branch.company_id,
        branch_id=branch.branch_id,
        version=it.target.version,
        branch_name=branch.name,
        llm_id=it.known_llm_id,
        agent_id=it.known_agent_id,
        agent_version=it.agent_version or 0,
        phone_number=it.phone_number,
        calcom_webhook_id=it.calcom_webhook_id,
    )
