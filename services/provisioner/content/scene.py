"""Branch and day → what a simulated conversation is about: a service, days and times that fit the branch."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

from shared.contracts import hours
from shared.contracts.branch import Branch
from shared.contracts.voice import Language
from shared.contracts.voice.variables import STATIC_VARIABLES

_DAYS: Final = 21
#: A branch that is closed for longer is simulated as if it were open: its hours are another check's matter.
_WITHIN: Final = 60
_LOCALES: Final[dict[Language, str]] = {"de": "de_DE", "en": "en_US"}
_CLOSED: Final[dict[Language, str]] = {"de": "geschlossen", "en": "closed"}
_ANY_SERVICE: Final[dict[Language, str]] = {"de": "ein Termin", "en": "an appointment"}
_USUAL_OPENING: Final = 9
_FIRST, _SECOND = timedelta(minutes=30), timedelta(minutes=90)


def scene_of(branch: Branch, today: date, language: Language) -> dict[str, Any]:
    """The names that the conversations of a language are filled with."""
    opens = _next_opening(branch, today)
    first, second, later = opens + _FIRST, opens + _SECOND, opens + timedelta(days=7)
    service = branch.services[0] if branch.services else None
    return {
        "name": branch.name,
        "service": service.name if service else _ANY_SERVICE[language],
        "service_key": service.key if service else "",
        "emergency": branch.emergency_instruction or "",
        "transfer": branch.transfer_number is not None,
        "day": _said(opens, language),
        "weekday": format_date(opens, "EEEE", locale=_LOCALES[language]),
        "date": f"{opens:%Y-%m-%d}",
        "later": _said(later, language),
        "later_date": f"{later:%Y-%m-%d}",
        "first": _clock(first, language),
        "first_time": f"{first:%H:%M}",
        "second": _clock(second, language),
        "second_time": f"{second:%H:%M}",
    }


def variables_of(branch: Branch, today: date, language: Language) -> dict[str, str]:
    """The variables of a call on that day by somebody who is unknown, while the branch is open."""
    return {
        **STATIC_VARIABLES[language],
        "heute": format_date(today, "EEEE, d. MMMM y", locale=_LOCALES[language]),
        "kalender": "\n".join(
            _line(branch, today + timedelta(days=ahead), language) for ahead in range(_DAYS)
        ),
        "offen_jetzt": "ja",
    }


def _next_opening(branch: Branch, today: date) -> datetime:
    """When the branch opens on its next day, wall time. Nobody books for the same day here."""
    zone = ZoneInfo(branch.timezone)
    for opens in _openings(branch, today):
        return opens.astimezone(zone).replace(tzinfo=None)
    return datetime.combine(today + timedelta(days=1), datetime.min.time().replace(hour=_USUAL_OPENING))


def _openings(branch: Branch, today: date) -> Iterator[datetime]:
    for ahead in range(1, _WITHIN):
        yield from (opens for opens, _ in hours.day_of(branch, today + timedelta(days=ahead)).hours[:1])


def _line(branch: Branch, day: date, language: Language) -> str:
    zone, about = ZoneInfo(branch.timezone), hours.day_of(branch, day, language)
    spans = [f"{a.astimezone(zone):%H:%M}\N{EN DASH}{b.astimezone(zone):%H:%M}" for a, b in about.hours]
    said = ", ".join(spans) or (_CLOSED[language] if hours.knows_hours(branch) else "")
    return f"{format_date(day, 'EEE dd.MM.', locale=_LOCALES[language])} {said}".strip()


def _said(day: date, language: Language) -> str:
    """``Dienstag, den 1. Dezember``."""
    pattern = "EEEE, 'den' d. MMMM" if language == "de" else "EEEE, MMMM d"
    return format_date(day, pattern, locale=_LOCALES[language])


def _clock(moment: datetime, language: Language) -> str:
    """``9 Uhr 30``."""
    if language == "en":
        return f"{moment:%H:%M}"
    return f"{moment.hour} Uhr {moment.minute:02d}" if moment.minute else f"{moment.hour} Uhr"
