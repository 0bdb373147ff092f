"""The step between a filled draft and its publication: it has held its conversations, or the branch waits."""

from datetime import UTC, datetime
from typing import Final

from services.provisioner.handlers.conversations import ConversationsFailedError, begin, failures, look
from services.provisioner.handlers.job import Job
from services.provisioner.store import Pause
from shared.clients.retell import Agent, CaseBatch

STEP: Final = "conversations"


async def rehearse(job: Job) -> Pause | None:
    """An LLM that has passed is not asked again, unless a person wishes it.

    A version that callers hear already is not held back: its words are those of before.

    Raises:
        ConversationsFailedError: with the names of those that went wrong, and what to do.
    """
    it = job.it
    if it.is_testing(job.wanted.llm_hash()):
        batch = await look(job.retell, str(it.test_batch_id))
        return await _judge(job, batch or await _begin(job, await _draft(job)))
    if it.tested_hash == job.wanted.llm_hash() and job.wished != STEP:
        return None
    draft = await _draft(job)
    if draft.is_published and job.wished != STEP:
        return None
    # Looked at as soon as it is begun: where nobody has to talk it is over.
    started = await _begin(job, draft)
    return await _judge(job, await look(job.retell, started.test_case_batch_job_id) or started)


async def _draft(job: Job) -> Agent:
    return await job.retell.get_agent(job.it.known_agent_id, version=job.it.agent_version)


async def _begin(job: Job, draft: Agent) -> CaseBatch:
    it, version = job.it, (draft.response_engine or {}).get("version")
    batch = await begin(job.retell, it.known_llm_id, version, job.wanted.reference, job.conversations)
    it.test_batch_id, it.llm_hash, it.tested_hash = batch.test_case_batch_job_id, job.wanted.llm_hash(), None
    # Saved before it is looked at: whoever comes after a crash finds the run instead of paying for another.
    await job.provisionings.save(it)
    return batch


async def _judge(job: Job, batch: CaseBatch) -> Pause | None:
    if not batch.is_over:
        return _waiting(job, batch)
    failed = [] if batch.has_passed else await failures(job.retell, batch, job.conversations)
    job.it.test_batch_id = None
    if not batch.has_passed:
        raise ConversationsFailedError(_failed(job, batch, failed))
    job.it.tested_hash = job.wanted.llm_hash()
    return None


def _waiting(job: Job, batch: CaseBatch) -> Pause:
    began = datetime.fromtimestamp(batch.creation_timestamp / 1000, UTC)
    if (datetime.now(UTC) - began).total_seconds() > job.rehearsal.longest:
        job.it.test_batch_id = None
        raise ConversationsFailedError(_endless(job))
    reason = f"{batch.total_count} simulated conversations are being held; callers hear the version before."
    return Pause("testing", reason, look_again=job.rehearsal.poll)


def _failed(job: Job, batch: CaseBatch, failed: list[str]) -> str:
    wrong = batch.total_count - batch.pass_count
    return (
        f"{wrong} of {batch.total_count} simulated conversations went wrong: {'; '.join(failed)}. "
        "This version is not published, callers hear the one before. Put right in the branch what they name, "
        f"or {_retry(job)} for another try; CONVERSATIONS_REQUIRED=False publishes without them."
    )


def _endless(job: Job) -> str:
    minutes = job.rehearsal.longest / 60
    return f"Retell has not ended the simulated conversations within {minutes:.0f} minutes: {_retry(job)}."


def _retry(job: Job) -> str:
    branch = job.wanted.branch
    return f"run `askpro branches retry {branch.branch_id} --company {branch.company_id}`"
