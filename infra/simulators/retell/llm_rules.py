"""What Retell refuses in a response engine (LLM) and its tools."""

import re

from infra.simulators.retell.catalogue import MODELS, REMOVED_TOOL_TYPES, TOOL_TYPES
from infra.simulators.retell.checks import a_url, number_between, one_of, refuse, required, texts
from infra.simulators.store import Document

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TIERS = ("standard", "fast", "ultrafast")


def check_llm(body: Document, *, complete: bool) -> None:
    """`complete`: a new LLM, which must name its first speaker."""
    if complete:
        required(body, "start_speaker")
    one_of(body, "start_speaker", ("user", "agent"))
    one_of(body, "model", MODELS)
    number_between(body, "model_temperature", 0, 1)
    texts(body, "default_dynamic_variables")
    if (config := body.get("model_config")) is not None:
        _check_model(config)
    _check_tools(body.get("general_tools") or [])


def _check_model(config: Document) -> None:
    one_of(config, "type", ("cascading", "s2s"))
    number_between(config, "temperature", 0, 1)
    primary = config.get("primary")
    if primary is not None:
        required(primary, "model")
        one_of(primary, "model", MODELS)
        one_of(primary, "tier", _TIERS)


def _check_tools(tools: list[Document]) -> None:
    names = [tool.get("name") for tool in tools]
    for number, tool in enumerate(tools):
        where = f"general_tools.{number}"
        if tool.get("type") in REMOVED_TOOL_TYPES:
            raise refuse(f"{where}.type", f"{tool['type']} is no longer supported")
        required(tool, "type", "name")
        if tool["type"] not in TOOL_TYPES:
            raise refuse(f"{where}.type", "must be equal to one of the allowed values")
        if not _TOOL_NAME.fullmatch(str(tool["name"])):
            raise refuse(f"{where}.name", "must be a-z, A-Z, 0-9, underscores and dashes, at most 64")
        if names.count(tool["name"]) > 1:
            raise refuse(f"{where}.name", f"tool name {tool['name']} is not unique")
        if tool["type"] == "custom":
            _check_custom(tool, where)
        if tool["type"] == "transfer_call":
            required(tool, "transfer_destination", "transfer_option")


def _check_custom(tool: Document, where: str) -> None:
    required(tool, "url")
    # Dynamic variables may stand in the path, never in place of the scheme.
    a_url(tool, "url")
    one_of(tool, "method", _METHODS)
    one_of(tool, "execution_message_type", ("prompt", "static_text"))
    number_between(tool, "timeout_ms", 1000, 600_000)
    number_between(tool, "max_retry", 0, 5)
    for name in ("headers", "query_params", "response_variables"):
        texts(tool, name)
    if (parameters := tool.get("parameters")) is not None:
        _check_parameters(parameters, where)


def _check_parameters(parameters: Document, where: str) -> None:
    if parameters.get("type") != "object" or not isinstance(parameters.get("properties"), dict):
        raise refuse(f"{where}.parameters", 'must have type "object" and properties')
    unknown = set(parameters.get("required") or []) - set(parameters["properties"])
    if unknown:
        raise refuse(f"{where}.parameters.required", f"names unknown properties: {sorted(unknown)}")
