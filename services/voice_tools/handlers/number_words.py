"""A phone number in words → its digits: callers say "null eins fünf eins", "zwo" and "dreiundzwanzig"."""

import re
from typing import Final

from text_to_num import alpha2digit

from shared.contracts.voice import Language

#: In this order: what text2num does not know, as words that it knows.
_SPELLINGS: Final = (
    (re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])"), " "),
    (re.compile(r"\bdoppel\s*([^\W\d_]+)"), r"\1 \1"),
    (re.compile(r"\bdouble\s+([^\W\d_]+)"), r"\1 \1"),
    (re.compile(r"fuenf"), "fünf"),
    (re.compile(r"zwoelf"), "zwölf"),
    (re.compile(r"\bplus\b"), "+"),
    # Of a number that is read out they part groups; text2num would make a fraction of them.
    (re.compile(r"[,;.]|\bkomma\b|\bcomma\b"), " "),
)
_ENGLISH_ZERO: Final = re.compile(r"\boh?\b")
_KEPT: Final = re.compile(r"[+\d]+")


def digits_of(said: str, language: Language) -> str:
    """Digits, and a plus, of everything that is a number in ``said``; what is none is left out."""
    text = said.lower()
    for pattern, written in _SPELLINGS:
        text = pattern.sub(written, text)
    if language == "en":
        text = _ENGLISH_ZERO.sub("zero", text)
    return "".join(_KEPT.findall(alpha2digit(text, language, threshold=0.0)))
