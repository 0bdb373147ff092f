"""The `filter_criteria` of list-calls; all are joined with AND."""

from collections.abc import Callable
from typing import Any, TypeAlias

from infra.simulators.retell.checks import one_of, refuse, required
from infra.simulators.store import Document

Test: TypeAlias = Callable[[Any, Any], bool]

_OPERATIONS: dict[str, Test] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "sw": lambda value, wanted: str(value).startswith(wanted),
    "ew": lambda value, wanted: str(value).endswith(wanted),
    "co": lambda value, wanted: wanted in str(value),
    "in": lambda value, wanted: value in wanted,
    "gt": lambda value, wanted: value > wanted,
    "ge": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "le": lambda value, wanted: value <= wanted,
    "bt": lambda value, wanted: wanted[0] <= value <= wanted[1],
}
_TYPES = ("string", "number", "range", "enum", "boolean")
_FIELDS = frozenset(
    {
        "call_id",
        "call_status",
        "call_type",
        "data_storage_setting",
        "direction",
        "disconnection_reason",
        "duration_ms",
        "end_timestamp",
        "from_number",
        "start_timestamp",
        "to_number",
    }
)


def _check(name: str, criterion: Any) -> None:
    if name not in _FIELDS:
        raise refuse(f"filter_criteria.{name}", "is not a known filter")
    if not isinstance(criterion, dict):
        raise refuse(f"filter_criteria.{name}", "must be object")
    required(criterion, "type", "op", "value")
    one_of(criterion, "type", _TYPES)
    one_of(criterion, "op", tuple(_OPERATIONS))


def _passes(call: Document, name: str, criterion: Document) -> bool:
    value = call.get(name)
    return value is not None and _OPERATIONS[criterion["op"]](value, criterion["value"])


def _by_agent(call: Document, agents: list[Document]) -> bool:
    """Agents are joined with OR."""
    return any(
        call.get("agent_id") == agent["agent_id"]
        and (not agent.get("version") or call.get("agent_version") in agent["version"])
        for agent in agents
    )


def filter_calls(found: list[Document], criteria: Document) -> list[Document]:
    """Raises Refusal 400 for a criterion that cannot be read."""
    agents = criteria.get("agent")
    others = {name: each for name, each in criteria.items() if name != "agent" and each is not None}
    for name, criterion in others.items():
        _check(name, criterion)
    return [
        call
        for call in found
        if (not agents or _by_agent(call, agents))
        and all(_passes(call, name, criterion) for name, criterion in others.items())
    ]
