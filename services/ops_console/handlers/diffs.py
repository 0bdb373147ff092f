"""Two documents → what a person reads of their difference."""

import json
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any, Final, Literal, NamedTuple

from services.ops_console.handlers.json_patch import pointer

Kind = Literal["place", "gone", "came", "same"]
#: Comparing costs up to the square of the lines; who changed that much reads the patch.
_MOST_LINES: Final = 20_000
_KINDS: Final[Mapping[str, Kind]] = {"@": "place", "-": "gone", "+": "came"}
_NOTHING: Final = object()


class Line(NamedTuple):
    """``place``: the lines between are the same."""

    kind: Kind
    text: str


def unified(before: Any, after: Any) -> list[Line]:
    """Line by line of the indented JSON, three lines around each change; empty where nothing changed."""
    old, new = _lines(before), _lines(after)
    if max(len(old), len(new)) > _MOST_LINES:
        return [Line("place", f"{len(old)} → {len(new)}")]
    # Its first two lines name files.
    told = list(unified_diff(old, new, lineterm=""))[2:]
    return [Line(_KINDS.get(line[0], "same"), line) for line in told]


def changes(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pointer → value of every leaf that is not in both, as it was and as it is."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return (
        {place: value for place, value in old.items() if _differs(value, new.get(place, _NOTHING))},
        {place: value for place, value in new.items() if _differs(value, old.get(place, _NOTHING))},
    )


def _lines(document: Any) -> list[str]:
    return json.dumps(document, indent=2, ensure_ascii=False, default=str).splitlines()


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not value or not isinstance(value, dict | list):
        yield pointer(path), value
    for name, item in items:
        yield from _leaves(item, (*path, str(name)))


def _differs(one: Any, other: Any) -> bool:
    return repr(one) != repr(other)
