"""The services that a caller has named: by key, name or alias, or by their sound; never by guessing."""

import re
from collections.abc import Iterator
from typing import Final

from services.voice_tools.handlers.names import sound_of, sounds_like
from services.voice_tools.values import Call
from shared.contracts.branch import Service

#: Not a service: a model that was told none.
_NO_SERVICE: Final = frozenset({
    "termin", "einen termin", "appointment", "an appointment", "egal", "any",
    "kein", "keine", "nichts", "none",
})  # fmt: skip
_PARTS: Final = re.compile(r"\s*(?:[,;+/&]|\bund\b|\bsowie\b|\band\b|\bplus\b)\s*")


def services_named(call: Call, *texts: str | None) -> list[Service]:
    """Each once, in the order they were named; a name that holds an "und" of its own is one service."""
    found = [service for text in texts for service in _of(call, text)]
    return list({service.key: service for service in found}.values())


def named_nothing(text: str | None) -> bool:
    """No service was named, so that the only one of a branch is meant."""
    return text is None or text.strip().casefold() in _NO_SERVICE


def unknown_among(call: Call, *texts: str | None) -> str | None:
    """The first that was named and is no service of the branch; None where all are."""
    parts = (part for text in texts if text and _one(call, text) is None for part in _PARTS.split(text))
    named = (part for part in parts if part.strip() and not named_nothing(part))
    return next((part for part in named if _one(call, part) is None), None)


def near(call: Call, text: str | None) -> list[Service]:
    """The services that sound somewhat like it, to be asked for first; then all others."""
    services = call.branch.services
    alike = [each for each in services if text and any(sounds_like(text, name) for name in _names(each))]
    return [*alike, *(each for each in services if each not in alike)]


def _of(call: Call, text: str | None) -> Iterator[Service]:
    whole = _one(call, text)
    if whole is not None:
        yield whole
        return
    parts = (_one(call, part) for part in _PARTS.split(text or ""))
    yield from (service for service in parts if service is not None)


def _one(call: Call, text: str | None) -> Service | None:
    """The same sound is the same word, misspelled; what only resembles it may be another service."""
    exact = call.service(text)
    if exact is not None or not text:
        return exact
    fitting = [each for each in call.branch.services if _sounds(each, text)]
    return fitting[0] if len(fitting) == 1 else None


def _sounds(service: Service, text: str) -> bool:
    sound = sound_of(text)
    return bool(sound) and any(sound == sound_of(name) for name in _names(service))


def _names(service: Service) -> tuple[str, ...]:
    return (service.name, *service.aliases)
