"""The number that came with a call → the caller, or nobody."""

from collections.abc import Iterable
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

from services.voice_tools.handlers.number_words import digits_of
from services.voice_tools.values import Caller
from shared.contracts.voice import Language

#: What carriers send for a hidden number: ANONYMOUS and RESTRICTED typed on a keypad.
_HIDDEN: Final = frozenset({"+266696687", "266696687", "+7378742833", "7378742833", "+86282452253"})
NOBODY: Final = Caller()


def caller_identity(raw: object, own: Iterable[str | None], country: str) -> Caller:
    """Unknown for a hidden or impossible number, and for the branch's own: a forwarded call shows that one.

    ``own``: numbers of the branch, E.164; ``country``: ISO 3166, for numbers without a country code.
    """
    caller = dialled(raw, country)
    return NOBODY if caller.number in set(own) else caller


def named(said: str | None, country: str, language: Language) -> Caller:
    """A number that a caller named, in digits, in words or mixed."""
    text = said or ""
    # Letters are words here: a library for numbers would take them for the letters on a keypad.
    return dialled(digits_of(text, language) if any(map(str.isalpha, text)) else text, country)


def dialled(raw: object, country: str) -> Caller:
    """A number as it was sent, in E.164."""
    text = str(raw or "").strip()
    if not text or text.replace(" ", "") in _HIDDEN:
        return NOBODY
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return NOBODY
    if not phonenumbers.is_valid_number(number):
        return NOBODY
    return Caller(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
