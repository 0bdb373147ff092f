"""Do two names sound like one person? Spelling on the phone is guesswork: Meyer is Maier is Mayr."""

import re
from typing import Final

import cologne_phonetics
from rapidfuzz.distance import Levenshtein

_TITLES: Final = frozenset({"herr", "frau", "dr", "prof", "mr", "mrs", "ms", "miss"})
_NOBODY: Final = frozenset(
    {"unbekannt", "anonym", "unknown", "anonymous", "kunde", "customer", "anrufer", "caller"}
)
#: One letter in four may be heard wrongly where the sound differs.
_TOLERANCE: Final = 0.25


def is_a_name(name: str | None) -> bool:
    """Something a person is called; a placeholder of the model's is none."""
    words = _words(name or "")
    return bool(words) and not set(words) <= _NOBODY


def sounds_like(heard: str, booked: str) -> bool:
    """True when every word that was heard is, by sound, a word of the name as booked.

    ``Maier`` alone fits ``Anna Meyer``; ``Anna Schmidt`` does not.
    """
    said, written = _words(heard), _words(booked)
    return bool(said) and all(any(_same(word, other) for other in written) for word in said)


def sound_of(name: str) -> str:
    """The same for two spellings of a name; for finding a customer again."""
    return " ".join(sorted(_code(word) for word in _words(name)))


def _words(name: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", name.casefold()) if word not in _TITLES]


def _same(one: str, other: str) -> bool:
    if _code(one) == _code(other):
        return True
    return Levenshtein.distance(one, other) <= max(len(one), len(other)) * _TOLERANCE


def _code(word: str) -> str:
    codes = "".join(code for _, code in cologne_phonetics.encode(word))
    # A name of vowels, or of other letters than ours, has no code.
    return codes or word
