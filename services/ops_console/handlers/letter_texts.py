"""A dead letter → what is searched in it: its error, its names, and its payload without secrets, cut."""

import json
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.ops_console.store.letter_texts import Unread
from shared.contracts.wire import MalformedJsonError, parse_json, searchable
from shared.observability.redaction import redact, redact_text

#: A row of the search's index costs by its length; what is behind is found by the letter's other fields.
_LONGEST: Final = 4096
#: A transcript would leave no room for the fields behind it.
_LONGEST_VALUE: Final = 300
#: As deep as an envelope may be.
_DEPTH: Final = 200


def text_of(letter: Unread) -> str:
    """Never fails: what cannot be parsed is searched as it is."""
    error = letter.error or {}
    head = (f"{error.get('class', '')}: {error.get('message', '')}", letter.event_type, letter.event_id)
    return "\n".join(part for part in (*head, _payload(letter.body or b"")) if part)[:_LONGEST]


def _payload(body: bytes) -> str:
    try:
        envelope = searchable(parse_json(body, max_depth=_DEPTH))
    except MalformedJsonError:
        return redact_text(body[: 4 * _LONGEST].decode(errors="backslashreplace"))
    content = envelope.get("data", envelope) if isinstance(envelope, dict) else envelope
    return json.dumps(_shortened(redact(content)), ensure_ascii=False)


def _shortened(value: Any) -> Any:
    match value:
        case str():
            return value[:_LONGEST_VALUE]
        case dict():
            return {key: _shortened(item) for key, item in value.items()}
        case list():
            return [_shortened(item) for item in value]
        case _:
            return value


class Texts(Protocol):
    """Letters whose text is not read yet."""

    async def read(self) -> bool:
        """Whether there may be more. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class ReadLetters:
    """Each letter that died since is found by its text; it may stop anywhere."""

    texts: Texts

    async def __call__(self) -> None:
        while await self.texts.read():
            pass
