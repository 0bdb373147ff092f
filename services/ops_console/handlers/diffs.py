"""Two documents → what a person reads of their difference."""

import json
from collections.abc import Mapping
from difflib import unified_diff
from typing import Any, Final, Literal, NamedTuple

Kind = Literal["place", "gone", "came", "same"]
#: Comparing costs up to the square of the lines; who changed that much reads the patch.
_MOST_LINES: Final = 20_000
_KINDS: Final[Mapping[str, Kind]] = {"@": "place", "-": "gone", "+": "came"}


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


def _lines(document: Any) -> list[str]:
    return json.dumps(document, indent=2, ensure_ascii=False, default=str).splitlines()
