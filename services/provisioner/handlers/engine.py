"""LLM, agent and published version at Retell. Everything is looked for before it is made."""

from typing import Any

from services.provisioner.content import Voice, Wanted, pick_voices
from services.provisioner.handlers.lookup import existing
from shared.clients.retell import Agent, Llm, Retell


async def ensure_llm(
    retell: Retell, wanted: Wanted, llm_id: str | None, agent_id: str | None
) -> tuple[str, str | None]:
    """Ids of the branch's LLM and, where there is one, of its agent; what was made before is adopted.

    The two live and die together: an agent whose LLM is gone cannot be versioned, and an LLM that was
    published with an agent that is gone cannot be changed. Whatever is left of such a pair is deleted.
    """
    llm, agent = await _known_llm(retell, wanted, llm_id), await _known_agent(retell, wanted, agent_id)
    if agent is not None and (llm is None or agent.llm_id != llm.llm_id):
        await existing(retell.delete_agent(agent.agent_id))
        agent = None
    if llm is not None and llm.is_published and agent is None:
        await existing(retell.delete_llm(llm.llm_id))
        llm = None
    if llm is None:
        llm = await retell.ensure_llm(wanted.llm, ref=wanted.reference)
    return llm.llm_id, agent.agent_id if agent else None


async def ensure_agent(retell: Retell, wanted: Wanted, llm_id: str) -> str:
    """Id of the branch's agent."""
    engine = {"response_engine": {"type": "retell-llm", "llm_id": llm_id}}
    body = {**wanted.agent, **engine, **await _voices(retell, wanted)}
    return (await retell.ensure_agent(body, name=wanted.reference)).agent_id


async def ensure_draft(retell: Retell, wanted: Wanted, llm_id: str, agent_id: str) -> int:
    """The newest version, with the wanted content. A published version never changes: a new draft.

    The title of the version tells that it was published by an attempt whose answer was lost.
    """
    newest = await retell.get_agent(agent_id)
    if newest.is_published:
        if newest.raw.get("version_title") == wanted.title():
            return newest.version
        newest = await retell.create_version(agent_id, newest.version)
    await _fill(retell, wanted, llm_id, newest)
    return newest.version


async def ensure_published(retell: Retell, wanted: Wanted, agent_id: str, version: int) -> None:
    """The filled draft is what callers hear, under a title that says what is in it."""
    draft = await retell.get_agent(agent_id, version=version)
    if not draft.is_published:
        await retell.publish_version(agent_id, version, title=wanted.title())


async def _known_llm(retell: Retell, wanted: Wanted, llm_id: str | None) -> Llm | None:
    known = None if llm_id is None else await existing(retell.get_llm(llm_id))
    return known or await retell.find_llm(wanted.reference)


async def _known_agent(retell: Retell, wanted: Wanted, agent_id: str | None) -> Agent | None:
    known = None if agent_id is None else await existing(retell.get_agent(agent_id))
    if known is not None:
        return known
    found = await retell.find_agent(wanted.reference)
    return None if found is None else await existing(retell.get_agent(found.agent_id))


async def _fill(retell: Retell, wanted: Wanted, llm_id: str, draft: Agent) -> None:
    """Bring LLM and agent of ``draft`` to the wanted content."""
    version = (draft.response_engine or {}).get("version")
    await retell.update_llm(llm_id, wanted.llm, ref=wanted.reference, version=version)
    voices = {} if wanted.branch.voice_id in {None, draft.voice_id} else await _voices(retell, wanted)
    await retell.update_agent(draft.agent_id, {**wanted.agent, **voices}, version=draft.version)


async def _voices(retell: Retell, wanted: Wanted) -> dict[str, Any]:
    """A branch without a wish keeps the voice that its agent was made with: callers know it."""
    listed = await retell.list_voices()
    voices = [Voice(each.voice_id, each.provider or "", each.accent or "") for each in listed]
    return pick_voices(voices, wanted.branch.language, wanted.branch.voice_id)
