"""Stripe's form encoding: `a[b][0][c]=d` to nested values."""

import re
from typing import Any
from urllib.parse import parse_qsl

from infra.simulators.stripe.errors import Refusal

_PARTS = re.compile(r"[^\[\]]+")


def _insert(target: dict[str, Any], parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            raise Refusal(400, f"Invalid hash: {parts[0]}", param=parts[0])
    if isinstance(target.get(parts[-1]), dict):
        raise Refusal(400, f"Invalid hash: {parts[0]}", param=parts[0])
    target[parts[-1]] = value


def _lists(value: Any) -> Any:
    """A mapping with the keys 0, 1, … is a list."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(each) for key, each in value.items()}


def read_form(body: bytes) -> dict[str, Any]:
    """All leaves are strings, as sent. Raises Refusal 400 for a name that is a text and a group at once."""
    values: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        if parts := _PARTS.findall(name):
            _insert(values, parts, value)
    result: dict[str, Any] = {key: _lists(each) for key, each in values.items()}
    return result
