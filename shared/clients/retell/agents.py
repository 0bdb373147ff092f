"""LLMs, agents and their versions.

Retell takes no idempotency key here. ``ensure_*`` therefore looks for a deterministic mark before it creates:
an agent by its exact name, an LLM by a dynamic variable of ours, since LLMs have neither name nor filter.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from shared.clients.http import Request, in_path
from shared.clients.retell.client import PAGE, Page, RetellClient, RetellObject
from shared.errors import UnknownOutcomeError

#: The dynamic variable that says whose LLM it is; never spoken: no prompt mentions it.
MARK: Final = "askpro_ref"


class Llm(RetellObject):
    """A prompt with its tools."""

    llm_id: str
    version: int = 0
    is_published: bool = False
    general_prompt: str | None = None
    default_dynamic_variables: dict[str, str] | None = None

    @property
    def ref(self) -> str | None:
        """The mark that ``ensure_llm`` gave it."""
        return (self.default_dynamic_variables or {}).get(MARK)


class Agent(RetellObject):
    """A voice with an LLM."""

    agent_id: str
    version: int = 0
    is_published: bool = False
    agent_name: str | None = None
    voice_id: str | None = None
    webhook_url: str | None = None
    response_engine: dict[str, Any] | None = None

    @property
    def llm_id(self) -> str | None:
        return (self.response_engine or {}).get("llm_id")


class ListedAgent(RetellObject):
    """An agent as lists show it."""

    agent_id: str
    agent_name: str | None = None


class AgentVersion(RetellObject):
    """One version of an agent; a published one never changes."""

    version: int
    is_published: bool = False
    version_title: str | None = None
    base_version: int | None = None


_LLM: Final = TypeAdapter(Llm)
_LLMS: Final = TypeAdapter(Page[Llm])
_AGENT: Final = TypeAdapter(Agent)
_AGENTS: Final = TypeAdapter(Page[ListedAgent])
_VERSIONS: Final = TypeAdapter(Page[AgentVersion])
_VOICE_ONLY: Final = {"type": "string", "op": "eq", "value": "voice"}


class RetellAgents(RetellClient):
    """The agents of a company's workspace."""

    async def create_llm(self, body: Mapping[str, Any], *, ref: str) -> Llm:
        """Raises UnknownOutcomeError when it may exist now."""
        request = Request("retell.llm.create", "POST", "/create-retell-llm", json=_marked(body, ref))
        return await self._ask(request, _LLM)

    async def get_llm(self, llm_id: str, *, version: int | None = None) -> Llm:
        """Raises NotFoundError."""
        path = f"/get-retell-llm/{in_path(llm_id)}"
        return await self._ask(Request("retell.llm.get", "GET", path, {"version": version}), _LLM)

    async def update_llm(
        self, llm_id: str, body: Mapping[str, Any], *, ref: str, version: int | None = None
    ) -> Llm:
        """Idempotent. ``general_tools`` and the dynamic variables are replaced whole, the mark is kept."""
        path = f"/update-retell-llm/{in_path(llm_id)}"
        request = Request("retell.llm.update", "PATCH", path, {"version": version}, _marked(body, ref))
        return await self._ask(request, _LLM)

    async def delete_llm(self, llm_id: str) -> None:
        """Refused with 400 while an agent uses it: delete the agent first. Raises NotFoundError."""
        await self._tell(Request("retell.llm.delete", "DELETE", f"/delete-retell-llm/{in_path(llm_id)}"))

    async def list_llms(self) -> list[Llm]:
        """Every LLM."""

        def page(cursor: str | None) -> Request:
            params = {"limit": PAGE, "pagination_key": cursor}
            return Request("retell.llm.list", "GET", "/v2/list-retell-llms", params)

        return [llm async for llm in self._all(page, _LLMS)]

    async def find_llm(self, ref: str) -> Llm | None:
        """The LLM with this mark; of several the one with the smallest id, the same for everybody."""
        found = [llm for llm in await self.list_llms() if llm.ref == ref]
        return min(found, key=lambda llm: llm.llm_id, default=None)

    async def ensure_llm(self, body: Mapping[str, Any], *, ref: str) -> Llm:
        """The LLM of ``ref``, made if missing. An existing one keeps its content: update it."""
        if (found := await self.find_llm(ref)) is not None:
            return found
        try:
            return await self.create_llm(body, ref=ref)
        except UnknownOutcomeError:
            if (found := await self.find_llm(ref)) is None:
                raise
            return found

    async def create_agent(self, body: Mapping[str, Any], *, name: str) -> Agent:
        """Raises UnknownOutcomeError when it may exist now."""
        request = Request("retell.agent.create", "POST", "/create-agent", json={**body, "agent_name": name})
        return await self._ask(request, _AGENT)

    async def get_agent(self, agent_id: str, *, version: int | str | None = None) -> Agent:
        """``version``: number, tag, ``latest`` or ``latest_published``. Raises NotFoundError."""
        path = f"/get-agent/{in_path(agent_id)}"
        return await self._ask(Request("retell.agent.get", "GET", path, {"version": version}), _AGENT)

    async def update_agent(
        self, agent_id: str, body: Mapping[str, Any], *, version: int | None = None
    ) -> Agent:
        """Change the latest draft. Idempotent."""
        path = f"/update-agent/{in_path(agent_id)}"
        request = Request("retell.agent.update", "PATCH", path, {"version": version}, dict(body))
        return await self._ask(request, _AGENT)

    async def delete_agent(self, agent_id: str) -> None:
        """Raises NotFoundError."""
        await self._tell(Request("retell.agent.delete", "DELETE", f"/delete-agent/{in_path(agent_id)}"))

    async def list_agents(self, query: str) -> list[ListedAgent]:
        """Every voice agent with ``query`` in its name."""
        criteria = {"query": query, "channel": _VOICE_ONLY}

        def page(cursor: str | None) -> Request:
            params = {"limit": PAGE, "pagination_key": cursor}
            body = {"filter_criteria": criteria}
            return Request("retell.agent.list", "POST", "/v2/list-agents", params, body, idempotent=True)

        return [agent async for agent in self._all(page, _AGENTS)]

    async def find_agent(self, name: str) -> ListedAgent | None:
        """The agent of exactly this name (Retell searches by substring); of several the smallest id."""
        found = [agent for agent in await self.list_agents(name) if agent.agent_name == name]
        return min(found, key=lambda agent: agent.agent_id, default=None)

    async def ensure_agent(self, body: Mapping[str, Any], *, name: str) -> Agent:
        """The agent called ``name``, made if missing. An existing one keeps its content: update it."""
        if (found := await self.find_agent(name)) is not None:
            return await self.get_agent(found.agent_id)
        try:
            return await self.create_agent(body, name=name)
        except UnknownOutcomeError:
            if (found := await self.find_agent(name)) is None:
                raise
            return await self.get_agent(found.agent_id)

    async def list_versions(self, agent_id: str) -> list[AgentVersion]:
        """Every version of an agent."""

        def page(cursor: str | None) -> Request:
            path = f"/list-agent-versions/{in_path(agent_id)}"
            params = {"limit": PAGE, "pagination_key": cursor}
            return Request("retell.agent.versions", "GET", path, params)

        return [version async for version in self._all(page, _VERSIONS)]

    async def create_version(self, agent_id: str, base_version: int) -> Agent:
        """A new draft from ``base_version``. Raises UnknownOutcomeError when there may be one now."""
        path = f"/create-agent-version/{in_path(agent_id)}"
        body = {"base_version": base_version}
        return await self._ask(Request("retell.agent.create-version", "POST", path, json=body), _AGENT)

    async def publish_version(self, agent_id: str, version: int, *, title: str | None = None) -> None:
        """Make ``version`` fixed and current. Raises UnknownOutcomeError when it may be published now."""
        path = f"/publish-agent-version/{in_path(agent_id)}"
        body = {"version": version} | ({"version_title": title} if title else {})
        await self._tell(Request("retell.agent.publish", "POST", path, json=body))

    async def ensure_published(self, agent_id: str, version: int, *, title: str | None = None) -> None:
        """``version`` is published; asked before and after, so that a repeat changes nothing."""
        if await self._is_published(agent_id, version):
            return
        try:
            await self.publish_version(agent_id, version, title=title)
        except UnknownOutcomeError:
            if not await self._is_published(agent_id, version):
                raise

    async def _is_published(self, agent_id: str, version: int) -> bool:
        versions = await self.list_versions(agent_id)
        return any(each.version == version and each.is_published for each in versions)


def _marked(body: Mapping[str, Any], ref: str) -> dict[str, Any]:
    variables = {**(body.get("default_dynamic_variables") or {}), MARK: ref}
    return {**body, "default_dynamic_variables": variables}
