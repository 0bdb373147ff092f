"""Events about a call without what was said in it: who refuses to be recorded lets nobody keep that."""

import json
import re
from typing import Any, Final

from shared.contracts.wire import MAX_DEPTH, MalformedJsonError, parse_json

#: As patterns of SQL's LIKE.
TYPES_WITH_WORDS: Final = ("retell.%", "call.observed", "call.recorded")
#: Text, sound, and what was made of them; ``recording_consent`` is an answer of its own.
_WORDS: Final = re.compile(
    r"transcript|recording\w*_url$|^(public_log_url|knowledge_base_retrieved_contents_url|call_summary)$"
)


def may_hold_words(event_type: str) -> bool:
    """Whether events of this type tell what was said in a call."""
    return event_type.startswith("retell.") or event_type in TYPES_WITH_WORDS


def without_words(event_type: str, data: Any) -> Any:
    """A copy of an event's data, or of Retell's analysis, without what was said."""
    if event_type == "call.recorded" and isinstance(data, dict):
        return {name: value for name, value in data.items() if name != "summary"}
    return _stripped(data)


def unspoken(raw: bytes) -> bytes:
    """The bytes of an envelope without what was said; unchanged where they are no JSON.

    An integer of over 4,000 digits becomes a text: nobody counts with it.
    """
    try:
        document = parse_json(raw, max_depth=MAX_DEPTH + 1)
    except MalformedJsonError:
        return raw
    if not isinstance(document, dict):
        return raw
    document["data"] = without_words(str(document.get("type")), document.get("data"))
    # ASCII: a lone surrogate, which Node sends, travels as an escape only.
    return json.dumps(document, ensure_ascii=True, default=str).encode()


def _stripped(value: Any) -> Any:
    match value:
        case dict():
            return {name: _stripped(item) for name, item in value.items() if not _WORDS.search(str(name))}
        case list():
            return [_stripped(item) for item in value]
        case _:
            return value
