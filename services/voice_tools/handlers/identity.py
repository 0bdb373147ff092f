"""The number that came with a call → the caller, or nobody."""

from collections.abc import Collection
from typing import Final

from services.voice_tools.handlers.number_words import digits_of
from services.voice_tools.values import Caller
from shared.clients.reach import caller_number
from shared.contracts.voice import Language

NOBODY: Final = Caller()


def caller_identity(raw: object, own: Collection[str | None], country: str) -> Caller:
    """Unknown for a hidden or impossible number, and for the branch's own: a forwarded call shows that one.

    ``own``: numbers of the branch, E.164; ``country``: ISO 3166, for numbers without a country code.
    """
    return Caller(caller_number(raw, own, country=country))


def named(said: str | None, country: str, language: Language) -> Caller:
    """A number that a caller named, in digits, in words or mixed."""
    text = said or ""
    # Letters are words here: a library for numbers would take them for the letters on a keypad.
    return dialled(digits_of(text, language) if any(map(str.isalpha, text)) else text, country)


def dialled(raw: object, country: str) -> Caller:
    """A number as it was sent, in E.164."""
    return caller_identity(raw, (), country)
