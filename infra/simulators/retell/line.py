"""One live call: the agent with its tools, the variables, what was said so far."""

import random
from dataclasses import dataclass, field
from typing import Any

from infra.simulators.retell import calls, versions
from infra.simulators.retell.dialogue import Dialogue
from infra.simulators.retell.webhooks import Courier
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document


@dataclass(slots=True)
class Line:
    """Kept in memory while the call runs; every change of the call object is stored."""

    simulator: Simulator
    key: str
    call_id: str
    agent: Document
    llm: Document
    courier: Courier
    dialogue: Dialogue = field(default_factory=Dialogue)
    results: list[Any] = field(default_factory=list)

    @property
    def call(self) -> Document:
        """The call object as it is now, with the transcript so far."""
        return {**calls.shown(calls.record_of(self.simulator, self.call_id)), **self.dialogue.forms()}

    def change(self, **changes: Any) -> None:
        """Stored at once."""
        calls.change(self.simulator, self.call_id, **changes)

    def keep_transcript(self) -> None:
        """So that get-call shows it, and the control API when each thing was said."""
        self.change(**self.dialogue.forms())
        calls.annotate(self.simulator, self.call_id, times=list(self.dialogue.times))


def pick_agent(number: Document) -> tuple[str, Any] | None:
    """A bound agent by weight; without a version its newest one, draft or not."""
    bound = number.get("inbound_agents") or []
    if not bound:
        return None
    weights = [agent["weight"] for agent in bound]
    chosen = random.choices(bound, weights)[0]  # noqa: S311 - Retell's own lottery
    return chosen["agent_id"], chosen.get("agent_version")


def load_agent(
    simulator: Simulator, workspace: str, agent_id: str, version: Any
) -> tuple[Document, Document]:
    """The agent's version and the version of its engine; raises Refusal 422 when it does not exist."""
    asset = versions.asset_of(simulator, "agents", agent_id, workspace)
    agent = versions.version_of(asset, version)
    engine = agent["response_engine"]
    if engine["type"] != "retell-llm":
        return agent, {}
    llm = versions.asset_of(simulator, "llms", engine["llm_id"], workspace)
    return agent, versions.version_of(llm, engine.get("version"))
