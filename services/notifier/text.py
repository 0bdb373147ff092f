"""Words of callers → text that stays on its line: no header, no calendar line and no layout breaks."""

import re
import unicodedata
from typing import Any, Final

_LONGEST: Final = 400
_BREAKING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: They turn the reading direction of what follows: a name could rewrite the rest of its line.
_DIRECTION: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """``text`` on one line, at most 400 characters; what cannot be sent becomes a space."""
    visible = "".join(
        " " if unicodedata.category(char) in _BREAKING else char for char in _DIRECTION.sub("", text)
    )
    joined = " ".join(visible.split())
    return joined if len(joined) <= _LONGEST else f"{joined[: _LONGEST - 1]}…"


def shown(value: Any) -> Any:
    """What a template prints for ``value``: text on one line, nothing for None."""
    if value is None:
        return ""
    return one_line(value) if isinstance(value, str) else value
