"""The `filter_criteria` of list-calls; all are joined with AND."""

from collections.abc import Callable
from typing import Any, TypeAlias

from infra.simulators.retell.checks import objects, one_of, refuse, required
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
_TEXT_OPERATIONS = ("eq", "ne", "sw", "ew", "co")
_NUMBER_OPERATIONS = ("eq", "ne", "gt", "ge", "lt", "le")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_number(each) for each in value)  # noqa: PLR2004


def _is_choice(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


# Each type of a criterion, with its operations and the look of its value.
_TYPES: dict[str, tuple[tuple[str, ...], Callable[[Any], bool]]] = {
    "string": (_TEXT_OPERATIONS, lambda value: isinstance(value, str)),
    "number": (_NUMBER_OPERATIONS, _is_number),
    "range": (("bt",), _is_range),
    "enum": (("in",), _is_choice),
}
_FIELDS = {
    "call_id": ("string", "enum"),
    **dict.fromkeys(("from_number", "to_number"), ("string",)),
    **dict.fromkeys(
        ("call_status", "call_type", "data_storage_setting", "direction", "disconnection_reason"), ("enum",)
    ),
    **dict.fromkeys(("duration_ms", "end_timestamp", "start_timestamp"), ("number", "range")),
}


def _check(name: str, criterion: Any) -> None:
    if name not in _FIELDS:
        raise refuse(f"filter_criteria.{name}", "is not a known filter")
    if not isinstance(criterion, dict):
        raise refuse(f"filter_criteria.{name}", "must be object")
    required(criterion, "type", "op", "value")
    one_of(criterion, "type", _FIELDS[name])
    operations, fits = _TYPES[criterion["type"]]
    one_of(criterion, "op", operations)
    if not fits(criterion["value"]):
        raise refuse(
            f"filter_criteria.{name}.value", f"must be the value of a filter of type {criterion['type']}"
        )


def _check_agents(criteria: Document) -> None:
    objects(criteria, "agent")
    for agent in criteria.get("agent") or []:
        required(agent, "agent_id")
        if not isinstance(agent.get("version") or [], list):
            raise refuse("filter_criteria.agent.version", "must be array")


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
    _check_agents(criteria)
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
