"""Retell AI: one company's agents, numbers, calls and test cases, by the current endpoints only."""

from shared.clients.retell.agents import MARK, Agent, AgentVersion, ListedAgent, Llm, RetellAgents
from shared.clients.retell.calls import Call, Concurrency, KeyInfo, RetellCalls, Voice
from shared.clients.retell.cases import CaseBatch, CaseDefinition, CaseRun, RetellCases, engine_of
from shared.clients.retell.numbers import InboundAgent, PhoneNumber, RetellNumbers, SipTrunk, answered_by

__all__ = [
    "MARK",
    "Agent",
    "AgentVersion",
    "Call",
    "CaseBatch",
    "CaseDefinition",
    "CaseRun",
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
    "engine_of",
]


class Retell(RetellAgents, RetellNumbers, RetellCalls, RetellCases):
    """One company's Retell. Every method raises shared.errors only."""
