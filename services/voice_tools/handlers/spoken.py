"""Days and times as a voice says them well, German and English."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.units import format_unit

from shared.contracts.voice import Language

_DAY: Final[dict[Language, str]] = {"de": "EEEE, 'den' d. MMMM", "en": "EEEE, MMMM d"}
_LISTED: Final[dict[Language, str]] = {"de": "EEEE, d. MMMM", "en": "EEEE, MMMM d"}
_WITH_YEAR: Final[dict[Language, str]] = {"de": "EEEE, d. MMMM y", "en": "EEEE, MMMM d, y"}
_SHORT: Final[dict[Language, str]] = {"de": "EEE dd.MM.", "en": "EEE MMM d"}
_OR: Final[dict[Language, str]] = {"de": "oder", "en": "or"}
_AND: Final[dict[Language, str]] = {"de": "und", "en": "and"}
_NOON: Final = 12


def locale_of(language: Language, country: str = "DE") -> str:
    """Austria says Jänner."""
    if language == "en":
        return "en_US"
    return f"de_{country}" if country in {"AT", "CH"} else "de_DE"


def day(value: date, language: Language, country: str = "DE") -> str:
    """``Dienstag, den 1. Dezember``; ``Tuesday, December 1``."""
    return format_date(value, _DAY[language], locale=locale_of(language, country))


def listed_day(value: date, language: Language, country: str = "DE") -> str:
    """``Dienstag, 1. Dezember``."""
    return format_date(value, _LISTED[language], locale=locale_of(language, country))


def full_day(value: date, language: Language, country: str = "DE") -> str:
    """``Dienstag, 24. November 2026``, for the model to read, not to speak."""
    return format_date(value, _WITH_YEAR[language], locale=locale_of(language, country))


def short_day(value: date, language: Language, country: str = "DE") -> str:
    """``Mi. 25.11.``."""
    return format_date(value, _SHORT[language], locale=locale_of(language, country))


def clock(value: datetime | time, language: Language) -> str:
    """``14 Uhr 30``; ``2:30 PM``."""
    if language == "de":
        return f"{value.hour} Uhr {value.minute:02d}" if value.minute else f"{value.hour} Uhr"
    half = "AM" if value.hour < _NOON else "PM"
    hour = (value.hour - 1) % _NOON + 1
    return f"{hour}:{value.minute:02d} {half}" if value.minute else f"{hour} {half}"


def moment(value: datetime, zone: ZoneInfo, language: Language, country: str = "DE") -> str:
    """``Dienstag, den 1. Dezember um 14 Uhr 30``."""
    local = value.astimezone(zone)
    at = "um" if language == "de" else "at"
    return f"{day(local.date(), language, country)} {at} {clock(local, language)}"


def listed_moment(value: datetime, zone: ZoneInfo, language: Language, country: str = "DE") -> str:
    """``Dienstag, 1. Dezember, 14 Uhr 30``."""
    local = value.astimezone(zone)
    return f"{listed_day(local.date(), language, country)}, {clock(local, language)}"


def hours(number: int, language: Language) -> str:
    """``24 Stunden``."""
    return format_unit(number, "hour", locale=locale_of(language))


def choice(items: list[str], language: Language) -> str:
    """``a, b oder c``."""
    return _joined(items, _OR[language])


def listing(items: list[str], language: Language) -> str:
    """``a, b und c``."""
    return _joined(items, _AND[language])


def _joined(items: list[str], word: str) -> str:
    return f"{', '.join(items[:-1])} {word} {items[-1]}" if len(items) > 1 else "".join(items)
