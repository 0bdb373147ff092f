"""Events by what stands in them: as far as the person who searches may see it."""

from typing import Any

from services.ops_console.handlers.masking import masked
from services.ops_console.routes.parts import Parts
from services.ops_console.store.event_search import Found, Sees, Wanted
from services.ops_console.store.events import Filter
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotSoundError
from shared.observability.redaction import redact

#: Every event has an "e" in it.
_SHORTEST = 3


async def find_events(
    parts: Parts, person: Person, chosen: Filter, limit: int, *, subject: str | None, text: str | None
) -> Found:
    """Newest first. What no index finds is looked for in a few thousand events; ``next`` goes on from there.

    Raises:
        NotSoundError: the text is too short.
    """
    if text is not None and len(text) < _SHORTEST:
        raise NotSoundError(f"Search for {_SHORTEST} characters or more.")
    if subject is None and text is None:
        lines = await parts.events.list(chosen, limit)
        return Found(lines, lines[-1].event.seq if len(lines) == limit else None)
    return await parts.event_search.find(chosen, Wanted(subject, text), limit, _sees(text or "", person))


def _sees(text: str, person: Person) -> Sees:
    """Secrets are found by nobody, personal data by operators: a search must be no way to guess them."""

    def sees(document: Any) -> bool:
        redacted = redact(document)
        return _holds(redacted if person.may("operator") else masked(redacted), text.casefold())

    return sees


def _holds(value: Any, text: str) -> bool:
    match value:
        case dict():
            return any(text in str(key).casefold() or _holds(item, text) for key, item in value.items())
        case list():
            return any(_holds(item, text) for item in value)
        case _:
            return text in str(value).casefold()
