"""branch.check_requested → from the number to the calendar, what would hinder a caller, a row for each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.provisioner.content import Conversation, conversations_of
from services.provisioner.content.findings import Asked, Finding, Unasked, about, judge, verdict_of
from services.provisioner.handlers.conversations import Rehearsal, begin, failures, look
from services.provisioner.handlers.looking import Desk, Look, asked
from services.provisioner.store import Again, Branches, Checks
from shared.clients.retell import Agent, CaseBatch, Retell
from shared.contracts.envelope import now
from shared.contracts.events import BranchCheckRequested
from shared.observability.context import bind

_NAME: Final = "conversations"


@dataclass(frozen=True, slots=True)
class CheckBranch:
    """Nothing is put right, only looked at. Idempotent: a repeat finds the same rows again.

    Conversations take minutes: what else was found is there at once, and the verdict comes with their end.
    """

    branches: Branches
    looking: Look
    checks: Checks
    rehearsal: Rehearsal

    async def __call__(self, event: BranchCheckRequested) -> None:
        bind(branch_id=event.branch_id)
        target = await self.branches.newest(event.company_id, event.branch_id)
        if target is None or target.deleted:
            return
        desk = await self.looking.desk(target)
        findings = [] if event.batch_id else list(judge(await self.looking(desk)))
        batch = None
        if event.conversations:
            finding, batch = await self._conversations(event, desk)
            findings.append(finding)
        again = None if batch is None else self._again(event, batch)
        if again is None:
            findings.append(await self._verdict(event, findings))
        await self.checks.keep(event, findings, again)

    async def _verdict(self, event: BranchCheckRequested, findings: list[Finding]) -> Finding:
        results = dict(await self.checks.results(event)) | {each.name: each.ok for each in findings}
        return verdict_of(list(results.values()))

    def _again(self, event: BranchCheckRequested, batch: CaseBatch) -> Again:
        changes = {"batch_id": batch.test_case_batch_job_id, "requested_at": now()}
        return Again(event.model_copy(update=changes), self.rehearsal.poll)

    async def _conversations(
        self, event: BranchCheckRequested, desk: Desk
    ) -> tuple[Finding, CaseBatch | None]:
        """What is known of them, and the run that has to be looked at again."""
        wanted = conversations_of(desk.branch, desk.wanted.reference, desk.day)
        if desk.retell is None or not wanted:
            return _not_held(desk), None
        batch = await self._batch(event, desk, desk.retell, wanted)
        if isinstance(batch, Unasked):
            return about(_NAME, "silence", ok=None, advice="again", provider="Retell"), None
        if batch is None:
            return about(_NAME, "needs_agent", ok=None, advice="steps"), None
        return await self._judged(desk.retell, batch, wanted)

    async def _batch(
        self, event: BranchCheckRequested, desk: Desk, retell: Retell, wanted: tuple[Conversation, ...]
    ) -> Asked[CaseBatch]:
        if event.batch_id is not None:
            return await asked(look(retell, event.batch_id))
        agent = await self.looking.agent(desk)
        return await asked(_begun(desk, retell, agent, wanted)) if isinstance(agent, Agent) else agent

    async def _judged(
        self, retell: Retell, batch: CaseBatch, wanted: tuple[Conversation, ...]
    ) -> tuple[Finding, CaseBatch | None]:
        count = batch.total_count
        if not batch.is_over:
            began = datetime.fromtimestamp(batch.creation_timestamp / 1000, UTC)
            if (now() - began).total_seconds() > self.rehearsal.longest:
                return about(_NAME, "conversations_endless", ok=None, advice="again"), None
            return about(_NAME, "conversations_running", ok=None, count=count), batch
        if batch.has_passed:
            return about(_NAME, "conversations_passed", ok=True, count=count), None
        failed = await asked(failures(retell, batch, wanted))
        told = "; ".join(failed) if isinstance(failed, list) else "?"
        wrong = {"wrong": count - batch.pass_count, "count": count, "failed": told}
        return about(_NAME, "conversations_failed", ok=False, advice=_NAME, **wrong), None


def _not_held(desk: Desk) -> Finding:
    if desk.retell is None:
        return about(_NAME, "needs_key", ok=None, advice="key", provider="Retell")
    return about(_NAME, "conversations_none", ok=None)


async def _begun(
    desk: Desk, retell: Retell, agent: Agent, wanted: tuple[Conversation, ...]
) -> CaseBatch | None:
    """Held with what callers hear; looked at once at once."""
    version = (agent.response_engine or {}).get("version")
    started = await begin(retell, str(agent.llm_id), version, desk.wanted.reference, wanted)
    return await look(retell, started.test_case_batch_job_id) or started
