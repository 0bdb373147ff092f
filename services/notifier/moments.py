"""Instants → what people say, in the time of the place."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime

from services.notifier.facts import DEFAULT_ZONE, Language

_LONG: Final[dict[Language, str]] = {
    "de": "EEEE, d. MMMM y, HH:mm 'Uhr'",
    "en": "EEEE, d MMMM y, HH:mm",
}
#: One SMS holds 160 characters.
_SHORT: Final[dict[Language, str]] = {"de": "EEE d.M.y, HH:mm 'Uhr'", "en": "EEE d MMM y, HH:mm"}


def zone_of(*candidates: str | None) -> ZoneInfo:
    """The first of ``candidates`` that the IANA database knows."""
    for name in candidates:
        try:
            return ZoneInfo(name or "")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo(DEFAULT_ZONE)


def language_of(*candidates: str | None) -> tuple[Language, str]:
    """The first language we write, and its locale: ``de-AT`` is (``de``, ``de_AT``). English else."""
    for candidate in candidates:
        code = (candidate or "").replace("_", "-").split("-")[0].lower()
        if code == "de":
            return "de", _locale(candidate or "", "de")
        if code == "en":
            return "en", _locale(candidate or "", "en_GB")
    return "en", "en_GB"


def long_moment(instant: datetime, language: Language, locale: str, zone: ZoneInfo) -> str:
    """``Dienstag, 1. Dezember 2026, 14:30 Uhr``."""
    return format_datetime(instant, _LONG[language], tzinfo=zone, locale=locale)


def short_moment(instant: datetime, language: Language, locale: str, zone: ZoneInfo) -> str:
    """``Di. 1.12.2026, 14:30 Uhr``."""
    return format_datetime(instant, _SHORT[language], tzinfo=zone, locale=locale)


def _locale(tag: str, fallback: str) -> str:
    if "-" not in tag and "_" not in tag:
        return fallback
    try:
        return str(Locale.parse(tag.replace("_", "-"), sep="-"))
    except (UnknownLocaleError, ValueError):
        return fallback
