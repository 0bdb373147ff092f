"""A draft holds its simulated conversations before callers hear it; what fails one is not published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.provisioner.content import Conversation
from services.provisioner.handlers.lookup import delete_known, existing
from shared.clients.retell import CaseBatch, CaseDefinition, CaseRun, Retell, engine_of
from shared.errors import PermanentError

_LONGEST_WHY: Final = 120


class ConversationsFailedError(PermanentError):
    """The agent did not do in a simulated conversation what it should."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """``required``: nothing is published before it; ``poll``: seconds between looks at a run.

    ``longest``: seconds after which a run that is not over will not be. They talk for a minute or two.
    """

    required: bool = True
    poll: float = 15.0
    longest: float = 1_800.0


async def begin(
    retell: Retell, llm_id: str, version: int | None, reference: str, wanted: Sequence[Conversation]
) -> CaseBatch:
    """Have them held with this version of the LLM; a repeat costs a second run and changes nothing."""
    case_ids = await _keep_cases(retell, llm_id, version, reference, wanted)
    return await retell.start_batch(engine_of(llm_id, version), case_ids)


async def look(retell: Retell, batch_id: str) -> CaseBatch | None:
    """The run, None where Retell knows it no more."""
    return await existing(retell.get_batch(batch_id))


async def failures(retell: Retell, batch: CaseBatch, wanted: Sequence[Conversation]) -> list[str]:
    """``taken (promised a time that was gone)`` for each that did not end well, in their order."""
    places = {each.label: place for place, each in enumerate(wanted)}
    runs = [run for run in await retell.list_runs(batch.test_case_batch_job_id) if not run.has_passed]
    known = sorted((run for run in runs if _label(run) in places), key=lambda run: places[_label(run)])
    return [_failure(wanted[places[_label(run)]], run) for run in known]


async def forget_cases(retell: Retell, llm_id: str, reference: str) -> None:
    """The branch's definitions of this LLM go; a person's own stay. Idempotent."""
    for case in await existing(retell.list_cases(llm_id)) or ():
        if _is_ours(case, reference):
            await delete_known(retell.delete_case(case.test_case_definition_id))


async def _keep_cases(
    retell: Retell, llm_id: str, version: int | None, reference: str, wanted: Sequence[Conversation]
) -> list[str]:
    """One definition per name, made or changed in place; ours that have no place any more go. Idempotent."""
    found = await retell.list_cases(llm_id)
    by_name = {case.name: case for case in reversed(found)}
    engine = {"response_engine": engine_of(llm_id, version)}
    ids = [await _keep_case(retell, by_name.get(each.label), {**each.body, **engine}) for each in wanted]
    for case in _surplus(found, reference, ids):
        await delete_known(retell.delete_case(case.test_case_definition_id))
    return ids


async def _keep_case(retell: Retell, known: CaseDefinition | None, body: dict[str, Any]) -> str:
    if known is None:
        return (await retell.create_case(body)).test_case_definition_id
    return (await retell.update_case(known.test_case_definition_id, body)).test_case_definition_id


def _surplus(found: Sequence[CaseDefinition], reference: str, ids: Sequence[str]) -> Iterator[CaseDefinition]:
    """A second one of a lost answer, one of a longer list before."""
    for case in found:
        if _is_ours(case, reference) and case.test_case_definition_id not in ids:
            yield case


def _is_ours(case: CaseDefinition, reference: str) -> bool:
    return case.name.startswith(f"{reference}/")


def _label(run: CaseRun) -> str:
    return run.test_case_definition_snapshot.name


def _failure(conversation: Conversation, run: CaseRun) -> str:
    why = " ".join((run.result_explanation or run.status).split())
    return f"{conversation.name} ({why[:_LONGEST_WHY]})"
