"""What Retell refuses in a response engine (LLM) and its tools."""

import re

from infra.simulators.retell.catalogue import MODELS, REMOVED_TOOL_TYPES, TOOL_TYPES
from infra.simulators.retell.checks import (
    a_url,
    an_object,
    flag,
    number_between,
    objects,
    one_of,
    refuse,
    required,
    text,
    texts,
    whole,
)
from infra.simulators.store import Document

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TIERS = ("standard", "fast", "ultrafast")


def check_llm(body: Document, *, complete: bool) -> None:
    """`complete`: a new LLM, which must name its first speaker."""
    if complete:
        required(body, "start_speaker")
    text(body, "general_prompt", "begin_message")
    an_object(body, "model_config")
    objects(body, "general_tools", "states")
    one_of(body, "start_speaker", ("user", "agent"))
    one_of(body, "model", MODELS)
    number_between(body, "model_temperature", 0, 1)
    texts(body, "default_dynamic_variables")
    if "model_config" in body:
        required(body, "model_config")
        _check_model(body["model_config"])
    _check_tools(body.get("general_tools") or [])


def _check_model(config: Document) -> None:
    one_of(config, "type", ("cascading", "s2s"))
    number_between(config, "temperature", 0, 1)
    an_object(config, "primary", "backup")
    primary = config.get("primary")
    if primary is not None:
        required(primary, "model")
        one_of(primary, "model", MODELS)
        one_of(primary, "tier", _TIERS)


def _check_tools(tools: list[Document]) -> None:
    names = [str(tool.get("name")) for tool in tools]
    for number, tool in enumerate(tools):
        where = f"general_tools.{number}"
        text(tool, "type", "name")
        if tool.get("type") in REMOVED_TOOL_TYPES:
            raise refuse(f"{where}.type", f"{tool['type']} is no longer supported")
        required(tool, "type", "name")
        one_of(tool, "type", TOOL_TYPES)
        if not _TOOL_NAME.fullmatch(tool["name"]):
            raise refuse(f"{where}.name", "must be a-z, A-Z, 0-9, underscores and dashes, at most 64")
        if names.count(tool["name"]) > 1:
            raise refuse(f"{where}.name", f"tool name {tool['name']} is not unique")
        _check_details(tool, where)


def _check_details(tool: Document, where: str) -> None:
    if tool["type"] == "custom":
        _check_custom(tool, where)
    if tool["type"] == "transfer_call":
        required(tool, "transfer_destination", "transfer_option")
        an_object(tool, "transfer_destination", "transfer_option")


def _check_custom(tool: Document, where: str) -> None:
    required(tool, "url")
    # Dynamic variables may stand in the path, never in place of the scheme.
    a_url(tool, "url")
    one_of(tool, "method", _METHODS)
    one_of(tool, "execution_message_type", ("prompt", "static_text"))
    whole(tool, "timeout_ms", 1000, 600_000)
    whole(tool, "max_retry", 0, 5)
    flag(tool, "args_at_root", "speak_during_execution", "speak_after_execution")
    an_object(tool, "parameters")
    for name in ("headers", "query_params", "response_variables"):
        texts(tool, name)
    if (parameters := tool.get("parameters")) is not None:
        _check_parameters(parameters, where)


def _check_parameters(parameters: Document, where: str) -> None:
    if parameters.get("type") != "object" or not isinstance(parameters.get("properties"), dict):
        raise refuse(f"{where}.parameters", 'must have type "object" and properties')
    names = parameters.get("required") or []
    if not isinstance(names, list):
        raise refuse(f"{where}.parameters.required", "must be array")
    if unknown := [name for name in names if name not in list(parameters["properties"])]:
        raise refuse(f"{where}.parameters.required", f"names unknown properties: {unknown}")
