"""What a fault may say, so that one that could never strike is refused when it is switched on."""

import math
import re
from collections.abc import Callable, Collection
from typing import Any, TypeAlias

Look: TypeAlias = tuple[Callable[[Any], bool], str]

_REQUEST = re.compile(r"\*|([A-Z]+|\*) \S+")
_LEAST_STATUS, _MOST_STATUS = 200, 599


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: Any, least: float = 0.0, most: float = math.inf) -> bool:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return fits and least <= value <= most


def _is_whole(value: Any, least: int, most: float = math.inf) -> bool:
    return isinstance(value, int) and _is_number(value, least, most)


_LOOKS: dict[str, Look] = {
    "route": (_is_text, "a text: METHOD /path, or a webhook's event"),
    "kind": (_is_text, "a text"),
    "status": (lambda value: _is_whole(value, _LEAST_STATUS, _MOST_STATUS), "an integer from 200 to 599"),
    "seconds": (_is_number, "a number of seconds, 0 or more"),
    "retry_after": (lambda value: value is None or _is_number(value), "a number of seconds, or null"),
    "times": (lambda value: value is None or _is_whole(value, 1), "an integer, 1 or more, or null"),
    "probability": (lambda value: _is_number(value, 0, 1), "a number from 0 to 1"),
    "after": (lambda value: _is_whole(value, 0), "an integer, 0 or more"),
}


def check_fault(specification: Any, incoming: Collection[str], kinds: Collection[str]) -> None:
    """Raises TypeError for what is no object, ValueError that names the first field that makes no sense.

    A fault of a kind in `incoming` hits requests, whose route must have a method and a path.
    """
    if not isinstance(specification, dict):
        raise TypeError("a fault is an object with route and kind")
    for name in specification:
        if name not in _LOOKS:
            raise ValueError(f"there is no field {name!r}, only {', '.join(_LOOKS)}")
    for name, (fits, text) in _LOOKS.items():
        if (name in specification or name in {"route", "kind"}) and not fits(specification.get(name)):
            raise ValueError(f"{name} must be {text}, not {specification.get(name)!r}")
    kind, route = specification["kind"], specification["route"]
    if kind not in kinds:
        raise ValueError(f"kind must be one of {', '.join(sorted(kinds))}, not {kind!r}")
    if kind in incoming and not _REQUEST.fullmatch(route):
        raise ValueError(f"route must be METHOD /path for {kind}, not {route!r}")
