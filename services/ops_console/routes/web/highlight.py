"""JSON → the same text with marks for keys, texts, numbers and what is hidden; every word is escaped."""

import json
import re
from typing import Any, Final

from markupsafe import Markup, escape

_TOKEN: Final = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=:)|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null)"
)
_HIDDEN: Final = ('"[redacted]"', '"•••"')
#: Marks cost the browser more than the text does: a recording's transcript is read without.
_LONGEST: Final = 200_000


def highlighted(value: Any) -> Markup:
    """Indented JSON of ``value``; the classes of the marks stand in the stylesheet."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return escape(text) if len(text) > _LONGEST else Markup("").join(_marked(text))


def _marked(text: str) -> list[Markup]:
    parts: list[Markup] = []
    at = 0
    for token in _TOKEN.finditer(text):
        kind = "hidden" if token.group() in _HIDDEN else str(token.lastgroup)
        parts += [
            escape(text[at : token.start()]),
            Markup('<span class="{}">{}</span>').format(kind, token.group()),
        ]
        at = token.end()
    return [*parts, escape(text[at:])]
