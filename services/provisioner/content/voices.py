"""Which voice an agent speaks with where its branch names none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

_ACCENTS: Final = {"de": ("german",), "en-GB": ("british",), "en": ("american", "british")}


@dataclass(frozen=True, slots=True)
class Voice:
    """One of Retell's voices."""

    voice_id: str
    provider: str
    accent: str


def pick_voices(voices: Sequence[Voice], language: str, wished: str | None) -> dict[str, Any]:
    """``voice_id`` and, of another provider where there is one, ``fallback_voice_ids``.

    Deterministic: by id among the voices of the language, among all where the language has none. A wish that
    is not in the list is passed on: the refusal of Retell says so in words.
    """
    native = _native(voices, language) or sorted(voices, key=lambda voice: voice.voice_id)
    chosen = wished or (native[0].voice_id if native else "")
    provider = next((voice.provider for voice in voices if voice.voice_id == chosen), None)
    # A fallback of the same provider would fall silent with it.
    others = [voice.voice_id for voice in native if voice.provider != provider and provider is not None]
    return {"voice_id": chosen, "fallback_voice_ids": others[:1]}


def _native(voices: Iterable[Voice], language: str) -> list[Voice]:
    accents = _ACCENTS.get(language) or _ACCENTS.get(language.partition("-")[0], ())
    found = [voice for voice in voices if voice.accent.lower() in accents]
    return sorted(found, key=lambda voice: voice.voice_id)
