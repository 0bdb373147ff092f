"""Bytes of a provider or producer → JSON value, leniently but within limits.

One parser for both ends: what ingest accepts, every consumer can read.
"""

import json
import math
import re
from decimal import Decimal
from typing import Any

import orjson

MAX_DEPTH = 200
#: CPython refuses to parse longer integers from text (sys.int_info.default_max_str_digits).
_LONGEST_INT = 4_000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


class MalformedJsonError(ValueError):
    """The bytes are not JSON within our limits; the message says which limit."""


def parse_json(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The JSON value of ``raw``.

    NUL characters, lone surrogates and integers of any length are legal JSON and accepted.

    Raises:
        MalformedJsonError: not UTF-8, not JSON, NaN or Infinity, or more than ``max_depth`` levels deep.
    """
    value = _parse(raw)
    if _may_be_deep(raw, max_depth) and _depth_exceeds(value, max_depth):
        raise MalformedJsonError(f"more than {max_depth} levels of nesting")
    return value


def searchable(value: Any) -> Any:
    """A copy of ``value`` that PostgreSQL's jsonb can hold: NUL and lone surrogates become U+FFFD."""
    match value:
        case str():
            return _UNSTORABLE.sub(_REPLACEMENT, value)
        case dict():
            return {searchable(str(key)): searchable(item) for key, item in value.items()}
        case list():
            return [searchable(item) for item in value]
        case Decimal():
            return str(value)
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value


def _parse(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _parse_leniently(raw)


def _parse_leniently(raw: bytes) -> Any:
    # orjson refuses lone surrogates and more than 1,024 levels; Node sends the former.
    try:
        return json.loads(raw.decode(), parse_constant=_refuse_constant, parse_int=_integer)
    except RecursionError as error:
        raise MalformedJsonError(f"more than {MAX_DEPTH} levels of nesting") from error
    except UnicodeDecodeError as error:
        raise MalformedJsonError(f"not UTF-8 at byte {error.start}") from error
    except ValueError as error:
        raise MalformedJsonError(str(error)) from error


def _refuse_constant(name: str) -> Any:
    raise MalformedJsonError(f"{name} is not JSON")


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _LONGEST_INT else Decimal(digits)


def _may_be_deep(raw: bytes, limit: int) -> bool:
    return raw.count(b"[") + raw.count(b"{") > limit


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(node: dict[str, Any] | list[Any]) -> Any:
    return node.values() if isinstance(node, dict) else node
