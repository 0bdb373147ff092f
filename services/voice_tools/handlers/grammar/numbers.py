"""What was heard → plain text: lower case, digits for number words, compounds apart."""

import re
from typing import Final

from text_to_num import alpha2digit

WEEKDAYS: Final = (
    "montag|monday",
    "dienstag|tuesday",
    "mittwoch|wednesday",
    "donnerstag|thursday",
    "freitag|friday",
    "samstag|sonnabend|saturday",
    "sonntag|sunday",
)
ANY_WEEKDAY: Final = "|".join(WEEKDAYS)
#: In this order. What text2num does not know, as words that it knows; what is written together, apart.
_SPELLINGS: Final = (
    (r"@|#", " "),
    (r"naechst", "nächst"),
    (r"ueber", "über"),
    (r"fuenf", "fünf"),
    (r"zwoelf", "zwölf"),
    (r"dreissig", "dreißig"),
    (r"frueh", "früh"),
    (r"maerz", "märz"),
    (r"jaenner", "jänner"),
    (r"ausser", "außer"),
    (r"\bsiebente", "siebte"),
    (r"\bzwote", "zweite"),
    (r"\bnich\b|\bnet\b", "nicht"),
    (r"\b(nächst|kommend|folgend|dies|übernächst)(em|es|er|en|e)?\b", r"\1e"),
    (r"\bdiese (?=morgen\b|vormittag|nachmittag|abend)", "heute "),
    (r"\bthis (?=morning|afternoon|evening)", "today "),
    (r"\b(?:bis )?(spätestens|frühestens) bis\b|\bbis (?=spätestens)|\bab (?=frühestens)", r"\1 "),
    (r"tach\b", "tag"),
    (r"(?<=\d) ?-?te[nrs]?\b", "."),
    (r"(?<![\d-])(\d{1,2})\s*[-\N{EN DASH}]\s*(?=\d{1,2}(?![\d-]))", r"\1 bis "),
    (r"(?<=[^\W\d_])[-\N{EN DASH}](?=[^\W\d_])", " "),
    (
        rf"\b({ANY_WEEKDAY}|heute|morgen|übermorgen)(morgen|früh|vormittag|mittag|nachmittag|abend|nacht)s?\b",
        r"\1 \2",
    ),
    (r"\s+", " "),
)
_PATTERNS: Final = tuple((re.compile(pattern), written) for pattern, written in _SPELLINGS)
#: Written, not spoken; "so" and "do" are words of their own unless a point follows.
_SHORT: Final = re.compile(r"\b(?:(mo|di|mi|do|fr|sa|so)\. ?(?=\d|den)|(mo|di|mi|fr|sa) (?=\d))")
_SHORT_NAMES: Final = ("mo", "di", "mi", "do", "fr", "sa", "so")
#: "am 3. oder 4. Dezember": the month belongs to both.
_SHARED_MONTH: Final = re.compile(
    r"(?<![\d.])(?<!\. )\b(\d{1,2})\. (oder|und|bis) ((?:zum |den |dem |am )*)"
    r"(\d{1,2})\. ?([^\W\d_]{3,}|\d{1,2}\.)"
)


def plain(words: str) -> str:
    """German and English alike: no number word of one is a word of the other that matters here."""
    text = words.lower()
    for pattern, written in _PATTERNS:
        text = pattern.sub(written, text)
    text = _SHORT.sub(_in_full, text)
    for language in ("de", "en"):
        text = alpha2digit(text, language, threshold=0.0)
    return _SHARED_MONTH.sub(r"\1. \5 \2 \3\4. \5", text).strip()


def _in_full(match: re.Match[str]) -> str:
    index = _SHORT_NAMES.index(match[1] or match[2])
    return f"{WEEKDAYS[index].partition('|')[0]} "
