"""Retell AI: agents, numbers and calls of one company's workspace, by the current endpoints only."""

from shared.clients.retell.agents import MARK, Agent, AgentVersion, ListedAgent, Llm, RetellAgents
from shared.clients.retell.calls import Call, Concurrency, KeyInfo, RetellCalls, Voice
from shared.clients.retell.numbers import InboundAgent, PhoneNumber, RetellNumbers, SipTrunk, answered_by

__all__ = [
    "MARK",
    "Agent",
    "AgentVersion",
    "Call",
    "Concurrency",
    "InboundAgent",
    "KeyInfo",
    "ListedAgent",
    "Llm",
    "PhoneNumber",
    "Retell",
    "SipTrunk",
    "Voice",
    "answered_by",
]


class Retell(RetellAgents, RetellNumbers, RetellCalls):
    """One company's Retell. Every method raises shared.errors only."""
