"""Stripe's form encoding: `a[b][0][c]=d` to nested values."""

import re
from typing import Any
from urllib.parse import parse_qsl

_PARTS = re.compile(r"[^\[\]]+")


def _insert(target: dict[str, Any], parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        target = target.setdefault(part, {})
    target[parts[-1]] = value


def _lists(value: Any) -> Any:
    """A mapping with the keys 0, 1, … is a list."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(each) for key, each in value.items()}


def read_form(body: bytes) -> dict[str, Any]:
    """All leaves are strings, as sent."""
    values: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        _insert(values, _PARTS.findall(name), value)
    result: dict[str, Any] = {key: _lists(each) for key, each in values.items()}
    return result
