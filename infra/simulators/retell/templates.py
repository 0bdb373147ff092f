"""Placeholders in a script (`{{results.0.slots.0.code}}`) and in tools (`{{company}}`)."""

import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def _walk(value: Any, path: list[str]) -> Any:
    for part in path:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def resolve(value: Any, context: Mapping[str, Any]) -> Any:
    """Placeholders replaced at any depth; a text that is one placeholder becomes the value itself.

    Raises KeyError, IndexError, ValueError or TypeError for a path that leads nowhere.
    """
    if isinstance(value, dict):
        return {key: resolve(each, context) for key, each in value.items()}
    if isinstance(value, list):
        return [resolve(each, context) for each in value]
    if not isinstance(value, str):
        return value
    if whole := _PLACEHOLDER.fullmatch(value):
        return _walk(dict(context), whole[1].split("."))
    return _PLACEHOLDER.sub(lambda match: str(_walk(dict(context), match[1].split("."))), value)


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Dynamic variables put in; an unknown one stays as it is, and would be spoken literally."""
    return _PLACEHOLDER.sub(lambda match: variables.get(match[1], match[0]), text)
