"""LLM, agent and published version at Retell. Everything is looked for before it is made."""

from typing import Any

from services.provisioner.content import Voice, Wanted, pick_voices
from services.provisioner.handlers.lookup import existing
from shared.clients.retell import Agent, Retell


async def ensure_llm(retell: Retell, wanted: Wanted, known: str | None) -> str:
    """Id of the branch's LLM; one that was made by an attempt whose answer was lost is adopted."""
    if known is not None and await existing(retell.get_llm(known)) is not None:
        return known
    return (await retell.ensure_llm(wanted.llm, ref=wanted.reference)).llm_id


async def ensure_agent(retell: Retell, wanted: Wanted, llm_id: str, known: str | None) -> str:
    """Id of the branch's agent, as ``ensure_llm``."""
    if known is not None and await existing(retell.get_agent(known)) is not None:
        return known
    body = {**wanted.agent, **_engine(llm_id), **await _voices(retell, wanted)}
    return (await retell.ensure_agent(body, name=wanted.reference)).agent_id


async def ensure_published(retell: Retell, wanted: Wanted, llm_id: str, agent_id: str) -> int:
    """The newest version, published with the wanted content. A published version never changes: a new draft.

    The title of the version tells that it was published by an attempt whose answer was lost.
    """
    newest = await retell.get_agent(agent_id)
    if newest.is_published:
        if newest.llm_id == llm_id and newest.raw.get("version_title") == wanted.title():
            return newest.version
        newest = await retell.create_version(agent_id, newest.version)
    await _fill(retell, wanted, llm_id, newest)
    await retell.publish_version(agent_id, newest.version, title=wanted.title())
    return newest.version


async def _fill(retell: Retell, wanted: Wanted, llm_id: str, draft: Agent) -> None:
    """Bring LLM and agent of ``draft`` to the wanted content."""
    same = draft.llm_id == llm_id
    version = (draft.response_engine or {}).get("version") if same else None
    await retell.update_llm(llm_id, wanted.llm, ref=wanted.reference, version=version)
    engine = {} if same else _engine(llm_id)
    voices = {} if wanted.branch.voice_id in {None, draft.voice_id} else await _voices(retell, wanted)
    await retell.update_agent(draft.agent_id, {**wanted.agent, **engine, **voices}, version=draft.version)


def _engine(llm_id: str) -> dict[str, Any]:
    return {"response_engine": {"type": "retell-llm", "llm_id": llm_id}}


async def _voices(retell: Retell, wanted: Wanted) -> dict[str, Any]:
    """A branch without a wish keeps the voice that its agent was made with: callers know it."""
    listed = await retell.list_voices()
    voices = [Voice(each.voice_id, each.provider or "", each.accent or "") for each in listed]
    return pick_voices(voices, wanted.branch.language, wanted.branch.voice_id)
