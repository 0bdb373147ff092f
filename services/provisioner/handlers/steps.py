"""The steps that bring a branch to the providers, as a table: each looks before it sends."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from services.provisioner.handlers.conversations import forget_cases
from services.provisioner.handlers.engine import ensure_agent, ensure_draft, ensure_llm, ensure_published
from services.provisioner.handlers.job import Job
from services.provisioner.handlers.numbers import bind, release
from services.provisioner.handlers.rehearsing import STEP, rehearse
from services.provisioner.handlers.webhooks import register
from services.provisioner.store import Pause


@dataclass(frozen=True, slots=True)
class Step:
    """``run`` says what it waits for, where it cannot be done yet.

    ``pair``: the step that looks after the other half of what this one makes, and is taken with it.
    """

    name: str
    run: Callable[[Job], Awaitable[Pause | None]]
    needed: Callable[[Job], bool] = lambda _: True
    pair: str | None = None


async def _compliance(job: Job) -> Pause | None:
    missing = job.profile.missing_papers()
    return Pause("blocked", _not_signed(job, " and ".join(missing))) if missing else None


def _not_signed(job: Job, missing: str) -> str:
    return (
        f"Its callers speak of their health: no call is answered before the {missing} with the company is "
        f"signed. Tick it with `askpro companies update {job.wanted.branch.company_id} "
        "--dpa-signed DATE --secrecy-signed DATE`; the branch goes on by itself."
    )


async def _llm(job: Job) -> None:
    it, before = job.it, job.it.llm_id
    it.llm_id, it.agent_id = await ensure_llm(job.retell, job.wanted, it.llm_id, it.agent_id)
    if before not in {None, it.llm_id}:
        await forget_cases(job.retell, str(before), job.wanted.reference)


async def _agent(job: Job) -> None:
    it = job.it
    it.agent_id = it.agent_id or await ensure_agent(job.retell, job.wanted, it.known_llm_id)


async def _version(job: Job) -> None:
    it = job.it
    it.agent_version = await ensure_draft(job.retell, job.wanted, it.known_llm_id, it.known_agent_id)


async def _publish(job: Job) -> None:
    await ensure_published(job.retell, job.wanted, job.it.known_agent_id, job.it.agent_version or 0)


async def _old_number(job: Job) -> None:
    await release(job.retell, str(job.it.phone_number), job.it.known_agent_id)
    job.it.phone_number = None


async def _number(job: Job) -> None:
    it, wanted, number = job.it, job.wanted, str(job.wanted.phone_number)
    await job.branches.claim_number(wanted.branch, number)
    # Saved before it is bound: a later version has to release it even if this answer is lost.
    it.phone_number = number
    await job.provisionings.save(it)
    await bind(job.retell, wanted, number, it.known_agent_id, job.trunk)
    await job.branches.mark_bound(wanted.branch, number, it.known_agent_id)


async def _webhook(job: Job) -> None:
    known = job.it.calcom_webhook_id
    job.it.calcom_webhook_id = await register(job.calcom, job.registrations, job.webhook, known)


def _has_another_number(job: Job) -> bool:
    return job.it.phone_number not in {None, job.wanted.phone_number}


#: Asked each time, whether or not anything is new: a paper changes nothing that is sent.
CHECKS: Final[tuple[Step, ...]] = (
    Step("compliance", _compliance, needed=lambda job: job.profile.needs_papers),
)
#: In the order of ``shared.contracts.steps``; ``credentials`` comes before all, and makes the job.
SENDING: Final[tuple[Step, ...]] = (
    Step("llm", _llm),
    # The two live and die together: an agent is never made for an LLM that was published with another.
    Step("agent", _agent, pair="llm"),
    Step("version", _version),
    Step(STEP, rehearse, needed=lambda job: bool(job.conversations)),
    Step("publish", _publish),
    Step("old number", _old_number, needed=_has_another_number),
    Step("number", _number, needed=lambda job: job.wanted.phone_number is not None),
    Step("webhook", _webhook),
)


#: What a run of conversations stands on; while one is under way it stays as it is.
REHEARSED: Final = frozenset(step.name for step in takewhile(lambda step: step.name != STEP, SENDING))


def but(done: frozenset[str], wished: str) -> frozenset[str]:
    """What is done, without the step that is wished again and the other half of it."""
    pairs = {step.pair for step in SENDING if step.name == wished}
    return done - {wished} - pairs
