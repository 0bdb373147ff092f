"""What the person reads who has to call a customer back: in the company's language, in the branch's time.

Whoever gives up on a wish says it in the same words: voice_tools during the call, the syncer after it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.contracts.voice.words import WEEKDAY_NAMES, Language

_ELSE: Final = "refused"
_WHY: Final[dict[Language, dict[str, str]]] = {
    "de": {
        "taken": "die Zeit ist vergeben",
        "past": "die Zeit ist vorbei",
        "out_of_window": "der Kalender nimmt so früh oder so weit voraus nichts an",
        "no_calendar": "der Kalender ist nicht verbunden",
        "field_required": "der Kalender verlangt eine Angabe, die am Telefon fehlt",
        "not_bookable": "diese Leistung ist am Telefon nicht buchbar",
        "unknown_event_type": "der Kalender kennt diese Leistung nicht",
        "unknown_booking": "der Kalender kennt diesen Termin nicht",
        "no_answer": "der Kalender hat nicht geantwortet",
        _ELSE: "der Kalender hat abgelehnt",
    },
    "en": {
        "taken": "the time is taken",
        "past": "the time has passed",
        "out_of_window": "the calendar takes nothing that early or that far ahead",
        "no_calendar": "no calendar is connected",
        "field_required": "the calendar demands something that is not asked on the phone",
        "not_bookable": "this service cannot be booked by phone",
        "unknown_event_type": "the calendar does not know this service",
        "unknown_booking": "the calendar does not know this appointment",
        "no_answer": "the calendar did not answer",
        _ELSE: "the calendar refused",
    },
}
_WISH: Final[dict[Language, str]] = {
    "de": "Terminwunsch nicht gebucht, {service} am {start}: {why}.",
    "en": "Wish not booked, {service} on {start}: {why}.",
}
_CHANGE: Final[dict[Language, dict[str, str]]] = {
    "de": {
        "cancel": "Absagen offen, {service} am {start}: {why}.",
        "reschedule": "Verschieben offen, {service} am {start} auf {new}: {why}.",
    },
    "en": {
        "cancel": "Cancellation not settled, {service} on {start}: {why}.",
        "reschedule": "Move not settled, {service} on {start} to {new}: {why}.",
    },
}


@dataclass(frozen=True, slots=True)
class About:
    """The company's ``language``, the branch's ``zone`` (an IANA name), the ``service`` by its name."""

    language: Language
    zone: str
    service: str


def wish_failed(about: About, start: datetime, reason: str) -> str:
    """A wish that could not be booked. ``reason``: one word, such as taken; an unknown one is a refusal."""
    return _WISH[about.language].format(
        service=about.service, start=moment_in(about, start), why=_why(about, reason)
    )


def change_failed(
    about: About, kind: Literal["cancel", "reschedule"], start: datetime, new: datetime, reason: str
) -> str:
    """A change that is not done, or that nobody knows to be done.

    ``new``: where it was to move, without meaning for a cancellation; ``reason``: as for a wish.
    """
    return _CHANGE[about.language][kind].format(
        service=about.service,
        start=moment_in(about, start),
        new=moment_in(about, new),
        why=_why(about, reason),
    )


def _why(about: About, reason: str) -> str:
    words = _WHY[about.language]
    return words.get(reason, words[_ELSE])


def moment_in(about: About, instant: datetime) -> str:
    """In the branch's time: ``Dienstag, 1.12.2026, 14:30 Uhr``; ``Tuesday, 1 December 2026, 14:30``."""
    local = instant.astimezone(zone_of(about.zone))
    weekday = WEEKDAY_NAMES[about.language][local.weekday()]
    if about.language == "de":
        return f"{weekday}, {local.day}.{local.month}.{local.year}, {local:%H:%M} Uhr"
    return f"{weekday}, {local.day} {local:%B} {local.year}, {local:%H:%M}"


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, else UTC: a task is not lost over one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
