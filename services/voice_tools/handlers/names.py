"""Do two names sound like one person? Spelling on the phone is guesswork: Meyer is Maier is Mayr."""

import re
from dataclasses import dataclass
from typing import Final

import cologne_phonetics
from rapidfuzz.distance import Levenshtein

_TITLES: Final = frozenset(
    {"herr", "frau", "familie", "fam", "dr", "med", "dent", "prof", "mr", "mrs", "ms", "miss", "family"}
)
_NOBODY: Final = frozenset(
    {"unbekannt", "anonym", "unknown", "anonymous", "kunde", "customer", "anrufer", "caller"}
)
#: They belong to the surname that follows, and are often left out.
_PARTICLES: Final = frozenset(
    {"von", "vom", "van", "zu", "zum", "zur", "der", "den", "dem", "de", "di", "da", "del", "la", "le", "el"}
)
#: One letter in four may be heard wrongly where the sound differs.
_TOLERANCE: Final = 0.25
#: One in six where an appointment is read out for it: Bauer is not Bayer.
_STRICT_TOLERANCE: Final = 1 / 6
#: A code that short is shared by names that nobody takes for each other: Eva and Uwe, Lea and Leo.
_SHORT_CODE: Final = 3
#: Vowels as they sound, longer spellings first; the e of Meyer is hardly spoken.
_VOWELS: Final[tuple[tuple[str, str], ...]] = (
    (r"(?<=[aeiouäöüy])h", ""),
    (r"(?<=[aeiouäöüy])e(?=r$)", ""),
    (r"ie", "i"),
    (r"[ae][iy]", "1"),
    (r"äu|e[uy]|o[iy]", "2"),
    (r"ou", "u"),
    (r"ä", "e"),
    (r"y", "i"),
    (r"([aeiouöü])\1", r"\1"),
)


@dataclass(frozen=True, slots=True)
class _Booked:
    """A name as it was booked: the words of the surname, and the others."""

    surname: tuple[str, ...]
    others: tuple[str, ...]


def is_a_name(name: str | None) -> bool:
    """Something a person is called; a placeholder of the model's is none."""
    words = _words(name or "")
    return bool(words) and not set(words) <= _NOBODY


def sounds_like(heard: str, booked: str) -> bool:
    """True when every word that was heard is, by sound, a word of the name as booked.

    Enough to tell members of the staff apart; whose an appointment is takes ``is_theirs``.
    """
    said, written = _words(heard), _words(booked)
    return bool(said) and all(any(_alike(word, other, _TOLERANCE) for other in written) for word in said)


def is_theirs(heard: str, booked: str) -> bool:
    """True when the surname was heard, and no first name that contradicts the one that was booked.

    ``Maier`` and ``Anna Maier`` fit ``Anna Meyer``; ``Anna`` alone, which every Anna could say, does not.
    """
    said, name = _plain(heard), _booked(booked)
    return any(
        _alike(word, part, _STRICT_TOLERANCE) and _none_contradicts([*said[:at], *said[at + 1 :]], name, part)
        for at, word in enumerate(said)
        for part in name.surname
    )


def has_first_name(heard: str) -> bool:
    """More than a surname was said."""
    return len(_plain(heard)) > 1


def is_whole(heard: str, booked: str) -> bool:
    """The name as it was booked, no word more and no word less; an initial may be anybody's."""
    said, written = _plain(heard), _plain(booked)
    return len(said) == len(written) and min(map(len, written)) > 1 and is_theirs(heard, booked)


def sound_of(name: str) -> str:
    """The same for two spellings of a name; for finding a customer again."""
    return " ".join(sorted(_code(word) for word in _words(name)))


def person_of(name: str) -> tuple[tuple[str, str], ...]:
    """The same for two spellings of one person's name, different for two people of a family."""
    return tuple(sorted((_code(word), _vowels(word)) for word in _plain(name)))


def _none_contradicts(heard: list[str], name: _Booked, surname: str) -> bool:
    """Of a double surname the other half may be heard as well."""
    rest = [word for word in (*name.others, *name.surname) if word != surname]
    return not name.others or all(any(_is_first_name(word, other) for other in rest) for word in heard)


def _is_first_name(heard: str, booked: str) -> bool:
    """No letter may be wrong, Julia is not Julian; who is misheard here is still found by the surname."""
    if min(len(heard), len(booked)) == 1:
        return heard[0] == booked[0]
    return _sounds_same(heard, booked)


def _booked(name: str) -> _Booked:
    """``Anna von Meyer-Schmidt`` and ``von Meyer-Schmidt, Anna`` alike."""
    last, comma, first = name.partition(",")
    if comma and _plain(last) and _plain(first):
        return _Booked(tuple(_plain(last)), tuple(_plain(first)))
    chunks = [words for chunk in name.split() if (words := _plain(chunk))]
    surname = chunks.pop() if chunks else []
    return _Booked(tuple(surname), tuple(word for words in chunks for word in words))


def _words(name: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", name.casefold()) if word not in _TITLES]


def _plain(name: str) -> list[str]:
    """Without particles, unless there is nothing else."""
    words = _words(name)
    return [word for word in words if word not in _PARTICLES] or words


def _alike(one: str, other: str, tolerance: float) -> bool:
    if _sounds_same(one, other, by_code=True):
        return True
    return Levenshtein.distance(one, other) <= max(len(one), len(other)) * tolerance


def _sounds_same(one: str, other: str, *, by_code: bool = False) -> bool:
    """``by_code``: consonants are enough where there are some."""
    code = _code(one)
    if code != _code(other):
        return False
    return (by_code and len(code) >= _SHORT_CODE) or _vowels(one) == _vowels(other)


def _code(word: str) -> str:
    codes = "".join(code for _, code in cologne_phonetics.encode(word))
    # A name of vowels, or of other letters than ours, has no code.
    return codes or word


def _vowels(word: str) -> str:
    for spelling, sound in _VOWELS:
        word = re.sub(spelling, sound, word)
    return "".join(re.findall(r"[aeiouöü12]", word))
